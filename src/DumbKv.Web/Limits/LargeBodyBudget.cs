using DumbKv.Application;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Limits;

/// <summary>
/// Bounds the memory of all large request bodies and responses together. A body counts from its first byte until its
/// response is complete, a response from before its value is read until the client has received it.
/// </summary>
public sealed class LargeBodyBudget(EntryLimits limits, LargeBufferPool buffers)
{
    /// <summary>Bodies up to this size are not counted: one for each possible connection fits in memory.</summary>
    public const int UncountedBytes = IReadBudget.UncountedBytes;

    /// <summary>
    /// The page counts this many times: a form is decoded to text, and the page that answers repeats it as text and as HTML. JSON is
    /// parsed and written in place.
    /// </summary>
    private const int PageFactor = 6;

    /// <summary>At least one body of the largest size. Each byte takes two or three while it is parsed, encrypted and written.</summary>
    private readonly long _maxBytes = Math.Max(16 << 20, RequestBodyLimit.MaxBytes(limits));

    private long _reserved;

    /// <summary>A reservation for the body of this request. A form that is sent to /kv is parsed in place, as JSON is.</summary>
    public Reservation ForRequest(HttpContext http) =>
        new(this, buffers, http.Request.HasFormContentType && !http.Request.Path.StartsWithSegments("/kv") ? PageFactor : 1, response: null);

    /// <summary>A reservation for the response to this request, released when the response is complete.</summary>
    /// <param name="http">The request.</param>
    /// <param name="isPage">The response is the page, and not JSON.</param>
    public IReadBudget ForResponse(HttpContext http, bool isPage = false) => new Reservation(this, buffers, isPage ? PageFactor : 1, http.Response);

    private bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _reserved, bytes) <= _maxBytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    private void Release(long bytes) => Interlocked.Add(ref _reserved, -bytes);

    /// <summary>What one body or response has reserved, and the memory of its value. For one thread at a time.</summary>
    /// <param name="budget">The budget of all.</param>
    /// <param name="buffers">Where the memory of a value comes from.</param>
    /// <param name="factor">Bytes of memory for each byte.</param>
    /// <param name="response">The response that disposes the reservation, if the caller does not. Most responses are small and reserve nothing.</param>
    public sealed class Reservation(LargeBodyBudget budget, LargeBufferPool buffers, int factor, HttpResponse? response) : IReadBudget, IDisposable
    {
        private long _reserved;
        private byte[]? _buffer;
        private int _used;

        /// <summary>Reserves memory for <paramref name="bytes"/> in all. False: the budget is used up, and nothing more was reserved.</summary>
        public bool TryReserve(long bytes)
        {
            // The largest body must fit where it is the only one.
            var more = Math.Min(bytes * factor, budget._maxBytes) - _reserved;
            if (more <= 0)
            {
                return true;
            }

            if (!budget.TryReserve(more))
            {
                return false;
            }

            if (_reserved == 0)
            {
                response?.RegisterForDispose(this);
            }

            _reserved += more;
            return true;
        }

        bool IReadBudget.TryReserve(int bytes) => TryReserve(bytes);

        Memory<byte> IReadBudget.Allocate(int bytes)
        {
            if (_buffer is null || _buffer.Length < bytes)
            {
                ReturnBuffer();
                _buffer = buffers.Rent(bytes);
            }

            _used = Math.Max(_used, bytes);
            return _buffer.AsMemory(0, bytes);
        }

        public void Dispose()
        {
            ReturnBuffer();
            budget.Release(_reserved);
            _reserved = 0;
        }

        private void ReturnBuffer()
        {
            if (_buffer is { } buffer)
            {
                buffers.Return(buffer, _used);
                (_buffer, _used) = (null, 0);
            }
        }
    }
}
