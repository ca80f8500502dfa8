using DumbKv.Application;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Limits;

/// <summary>
/// Bounds the memory of all large request bodies and responses together. A body counts from its first byte until its
/// response is complete, a response until the client has received it.
/// </summary>
public sealed class LargeBodyBudget(EntryLimits limits)
{
    /// <summary>Bodies up to this size are not counted: one for each possible connection fits in memory.</summary>
    public const int UncountedBytes = 16 * 1024;

    /// <summary>At least one body of the largest size. Each byte takes about six while it is parsed or decrypted, encrypted and written.</summary>
    private readonly long _maxBytes = Math.Max(48 << 20, RequestBodyLimit.MaxBytes(limits));

    private long _reserved;

    /// <summary>False: the budget is used up, and nothing was reserved.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _reserved, bytes) <= _maxBytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _reserved, -bytes);

    /// <summary>A budget for this request's response. What it reserves is released when the response is complete.</summary>
    public IReadBudget ForResponse(HttpContext http) => new ResponseBudget(this, http);

    private sealed class ResponseBudget(LargeBodyBudget budget, HttpContext http) : IReadBudget
    {
        private long _reserved;

        public bool TryReserve(int bytes)
        {
            if (bytes <= _reserved)
            {
                return true;
            }

            if (!budget.TryReserve(bytes - _reserved))
            {
                return false;
            }

            if (_reserved == 0)
            {
                http.Response.OnCompleted(() =>
                {
                    budget.Release(_reserved);
                    return Task.CompletedTask;
                });
            }

            _reserved = bytes;
            return true;
        }
    }
}
