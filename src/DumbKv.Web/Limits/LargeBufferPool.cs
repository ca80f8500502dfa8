using System.Numerics;
using System.Security.Cryptography;

namespace DumbKv.Web.Limits;

/// <summary>
/// Buffers for large bodies and values. Without it each is an allocation on the large object heap, and collecting these takes a third of the
/// processor time of reads of 1 MiB.
/// </summary>
/// <remarks>ArrayPool keeps buffers for each thread or never frees them, and has no limit on the bytes that it keeps.</remarks>
public sealed class LargeBufferPool
{
    /// <summary>Buffers have the next power of two as their size. The pages of memory behind the end of a value are not touched.</summary>
    private const int MinBufferBytes = 16 * 1024;

    private const int MaxBufferBytes = 4 << 20;

    /// <summary>Bytes that are kept for later requests.</summary>
    private const int MaxIdleBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly List<byte[]> _idle = [];
    private int _idleBytes;

    /// <summary>A buffer of at least this size. Its content is undefined.</summary>
    public byte[] Rent(int bytes)
    {
        if (bytes > MaxBufferBytes)
        {
            return GC.AllocateUninitializedArray<byte>(bytes);
        }

        var size = (int)Math.Max(MinBufferBytes, BitOperations.RoundUpToPowerOf2((uint)bytes));
        lock (_lock)
        {
            if (_idle.FindLastIndex(buffer => buffer.Length == size) is >= 0 and var index)
            {
                var buffer = _idle[index];
                _idle.RemoveAt(index);
                _idleBytes -= size;
                return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Returns a buffer that nothing uses any more. It can hold a key or a value, so it is zeroed.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="used">Number of bytes at its start that were written. Zeroing the others would take their memory from the system.</param>
    public void Return(byte[] buffer, int used)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, used));
        if (buffer.Length > MaxBufferBytes)
        {
            return;
        }

        lock (_lock)
        {
            _idle.Add(buffer);
            for (_idleBytes += buffer.Length; _idleBytes > MaxIdleBytes; _idle.RemoveAt(0))
            {
                _idleBytes -= _idle[0].Length; // The one that was not used for the longest time.
            }
        }
    }
}
