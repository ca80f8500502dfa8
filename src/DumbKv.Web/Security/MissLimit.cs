using System.Net;
using System.Threading.RateLimiting;

namespace DumbKv.Web.Security;

/// <summary>
/// How many reads may fail in a minute for each client address: guessing keys is the attack on a store like this. Reads
/// that find something are not counted. In each process; reads that are under way at once may each still be answered.
/// </summary>
public sealed class MissLimit : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress>? _limiter;

    /// <param name="missesPerMinute">MISSES_PER_MINUTE; 0: no limit.</param>
    public MissLimit(int missesPerMinute)
    {
        if (missesPerMinute > 0)
        {
            var window = new FixedWindowRateLimiterOptions { PermitLimit = missesPerMinute, Window = TimeSpan.FromMinutes(1) };

            // It forgets an address by itself some seconds after its minute is over.
            _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetFixedWindowLimiter(address, _ => window));
        }
    }

    /// <summary>Whether this address has used up its misses; then in how many seconds it has new ones.</summary>
    public bool IsReachedBy(HttpContext http, out int seconds) => !TryTake(http, 0, out seconds);

    /// <summary>Counts a miss. False where it was one too many: then the answer must not tell that it was one.</summary>
    public bool TryCount(HttpContext http, out int seconds) => TryTake(http, 1, out seconds);

    public void Dispose() => _limiter?.Dispose();

    private bool TryTake(HttpContext http, int misses, out int seconds)
    {
        seconds = 0;
        if (_limiter is null)
        {
            return true;
        }

        using var lease = _limiter.AttemptAcquire(ClientAddress.LimitedPart(http.Connection.RemoteIpAddress), misses);
        if (!lease.IsAcquired)
        {
            seconds = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 60;
        }

        return lease.IsAcquired;
    }
}
