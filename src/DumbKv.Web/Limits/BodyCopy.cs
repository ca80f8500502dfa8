using System.Buffers;

namespace DumbKv.Web.Limits;

/// <summary>A copy of a request body in one piece, in a buffer of the pool until it is disposed.</summary>
internal sealed class BodyCopy : IDisposable
{
    private readonly LargeBufferPool _buffers;
    private readonly byte[] _buffer;
    private readonly int _length;

    public BodyCopy(ReadOnlySequence<byte> body, LargeBufferPool buffers)
    {
        _length = (int)body.Length;
        _buffers = buffers;
        _buffer = buffers.Rent(_length);
        body.CopyTo(_buffer);
    }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    public void Dispose() => _buffers.Return(_buffer, _length);
}
