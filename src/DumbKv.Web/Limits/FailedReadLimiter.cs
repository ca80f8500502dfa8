using System.Net;
using System.Threading.RateLimiting;

namespace DumbKv.Web.Limits;

/// <summary>
/// Limits the failed reads of each client address per minute, because guessing keys is the attack on a store like this.
/// Successful reads do not count. Each process counts for itself, and reads that run at the same time may all be answered.
/// </summary>
public sealed class FailedReadLimiter : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress>? _limiter;

    /// <param name="missesPerMinute">MISSES_PER_MINUTE; 0: no limit.</param>
    public FailedReadLimiter(int missesPerMinute)
    {
        if (missesPerMinute > 0)
        {
            var window = new FixedWindowRateLimiterOptions { PermitLimit = missesPerMinute, Window = TimeSpan.FromMinutes(1) };

            // The partitioned limiter drops an address some seconds after its window.
            _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetFixedWindowLimiter(address, _ => window));
        }
    }

    /// <summary>Whether this address has reached its limit.</summary>
    /// <param name="http">The request.</param>
    /// <param name="retryAfter">Seconds until the address may read again.</param>
    public bool IsLimited(HttpContext http, out int retryAfter) => !TryAcquire(http, 0, out retryAfter);

    /// <summary>Counts a failed read. False: it exceeds the limit, and the response must not tell that nothing was found.</summary>
    public bool TryCount(HttpContext http, out int retryAfter) => TryAcquire(http, 1, out retryAfter);

    public void Dispose() => _limiter?.Dispose();

    private bool TryAcquire(HttpContext http, int permits, out int retryAfter)
    {
        retryAfter = 0;
        if (_limiter is null)
        {
            return true;
        }

        using var lease = _limiter.AttemptAcquire(ClientAddress.ForLimits(http.Connection.RemoteIpAddress), permits);
        if (!lease.IsAcquired)
        {
            retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 60;
        }

        return lease.IsAcquired;
    }
}
