using System.Buffers;
using System.Security.Cryptography;

namespace DumbKv.Web.Http;

/// <summary>A copy of a request body in one piece. It can hold a key and a value, so it is zeroed when it is disposed.</summary>
internal sealed class BodyCopy : IDisposable
{
    /// <summary>The pool keeps buffers for each thread and rounds their sizes up to the next power of two: too much memory for large ones.</summary>
    private const int MaxPooledBytes = 64 * 1024;

    private readonly byte[] _array;
    private readonly int _length;

    public BodyCopy(ReadOnlySequence<byte> body)
    {
        _length = (int)body.Length;
        _array = IsPooled ? ArrayPool<byte>.Shared.Rent(_length) : GC.AllocateUninitializedArray<byte>(_length);
        body.CopyTo(_array);
    }

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    private bool IsPooled => _length <= MaxPooledBytes;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_array.AsSpan(0, _length));
        if (IsPooled)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
