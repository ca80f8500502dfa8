using System.Diagnostics;
using System.Threading.RateLimiting;
using DumbKv.Web.Errors;

namespace DumbKv.Web.Security;

/// <summary>
/// At most so many calls are worked on at once, and as many wait for them; the rest is told at once to come again, which
/// costs less than to be late for everybody. Health and metrics are never refused.
/// </summary>
internal sealed partial class OverloadShedding(RequestDelegate next, ConcurrencyLimiter limiter, ILogger<OverloadShedding> logger)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private long _shed;
    private long _logged = -BetweenLines.Ticks;

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.MayBeShed())
        {
            await next(http);
            return;
        }

        using var lease = await limiter.AcquireAsync(1, http.RequestAborted);
        if (lease.IsAcquired)
        {
            await next(http);
            return;
        }

        LogNowAndThen();
        http.Features.Set(Marker.Shed);
        http.Response.Headers.RetryAfter = "1";
        await Problems.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "The server has more to do than it can. Try again in a moment.");
    }

    /// <summary>A line for each would be one more load.</summary>
    private void LogNowAndThen()
    {
        var shed = Interlocked.Increment(ref _shed);
        var now = Stopwatch.GetTimestamp();
        var last = Interlocked.Read(ref _logged);
        if (Stopwatch.GetElapsedTime(last, now) >= BetweenLines && Interlocked.CompareExchange(ref _logged, now, last) == last)
        {
            LogShed(shed);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Overloaded: {Shed} calls were refused with 503 since the start. MAX_CONCURRENT_REQUESTS sets how many are worked on at once")]
    private partial void LogShed(long shed);

    /// <summary>On an endpoint: it may be refused. On a request: it was.</summary>
    internal sealed class Marker
    {
        public static Marker Shed { get; } = new();
    }
}

internal static class OverloadSheddingSetup
{
    /// <summary>After routing, so that metrics of refused calls carry their route.</summary>
    public static void UseOverloadShedding(this IApplicationBuilder app, int most) => app.UseMiddleware<OverloadShedding>(
        new ConcurrencyLimiter(new() { PermitLimit = most, QueueLimit = most, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));

    public static void MayBeShed(this IEndpointConventionBuilder endpoints) => endpoints.Add(endpoint => endpoint.Metadata.Add(new OverloadShedding.Marker()));

    public static bool MayBeShed(this HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<OverloadShedding.Marker>() is not null;

    public static bool WasShed(this HttpContext http) => http.Features.Get<OverloadShedding.Marker>() is not null;
}
