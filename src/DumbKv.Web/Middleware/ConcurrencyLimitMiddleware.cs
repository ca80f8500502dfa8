using System.Diagnostics;
using System.Threading.RateLimiting;
using DumbKv.Web.Errors;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Limits how many requests run at the same time (MAX_CONCURRENT_REQUESTS). As many again wait; further requests get 503 at
/// once, which keeps the others fast. Health and metrics are exempt.
/// </summary>
internal sealed partial class ConcurrencyLimitMiddleware(RequestDelegate next, ConcurrencyLimiter limiter, ILogger<ConcurrencyLimitMiddleware> logger)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private long _rejected;
    private long _lastLogged = -LogInterval.Ticks;

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.HasConcurrencyLimit())
        {
            await next(http);
            return;
        }

        // Only a request that waits needs the token, which takes time to create.
        using var attempt = limiter.AttemptAcquire();
        using var lease = attempt.IsAcquired ? attempt : await limiter.AcquireAsync(1, http.RequestAborted);
        if (lease.IsAcquired)
        {
            // Releases the permit when the response starts, so that slow readers do not hold it.
            http.Response.OnStarting(
                static lease =>
                {
                    ((RateLimitLease)lease).Dispose();
                    return Task.CompletedTask;
                },
                lease);
            await next(http);
            return;
        }

        LogRejection();
        http.Features.Set(Marker.Rejected);
        http.Response.Headers.RetryAfter = "1";
        await http.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, "The server has more to do than it can. Try again in a moment.");
    }

    /// <summary>Writes at most one line per interval: a line for each rejection would add to the load.</summary>
    private void LogRejection()
    {
        var rejected = Interlocked.Increment(ref _rejected);
        var now = Stopwatch.GetTimestamp();
        var last = Interlocked.Read(ref _lastLogged);
        if (Stopwatch.GetElapsedTime(last, now) >= LogInterval && Interlocked.CompareExchange(ref _lastLogged, now, last) == last)
        {
            LogOverload(rejected);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Overloaded: {Rejected} requests were refused with 503 since the start. MAX_CONCURRENT_REQUESTS sets how many run at the same time")]
    private partial void LogOverload(long rejected);

    /// <summary>On an endpoint: the limit applies to it. As a request feature: the limit rejected the request.</summary>
    internal sealed class Marker
    {
        public static Marker Rejected { get; } = new();
    }
}

internal static class ConcurrencyLimitExtensions
{
    /// <summary>After routing, so that the metrics of rejected requests have their route.</summary>
    public static void UseConcurrencyLimit(this IApplicationBuilder app, int maxRequests) => app.UseMiddleware<ConcurrencyLimitMiddleware>(
        new ConcurrencyLimiter(new() { PermitLimit = maxRequests, QueueLimit = maxRequests, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));

    public static TBuilder WithConcurrencyLimit<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new ConcurrencyLimitMiddleware.Marker());

    public static bool HasConcurrencyLimit(this HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<ConcurrencyLimitMiddleware.Marker>() is not null;

    public static bool WasRejectedByConcurrencyLimit(this HttpContext http) => http.Features.Get<ConcurrencyLimitMiddleware.Marker>() is not null;
}
