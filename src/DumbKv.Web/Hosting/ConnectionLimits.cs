using System.Net;
using DumbKv.Application;
using DumbKv.Infrastructure;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DumbKv.Web.Hosting;

/// <summary>
/// Limits the connections of each listening socket. The metrics port has a budget of its own, so that probes and scrapers get
/// through while the main port is flooded. Kestrel's own limit is not used: it does not know addresses, and it logs each refusal.
/// </summary>
internal sealed partial class ConnectionLimits(Predicate<IPAddress> isExempt, int? metricsPort)
{
    /// <summary>Slow clients hold connections for ten seconds and more, and must leave some for the others.</summary>
    public const int MaxConnections = 4_096;

    /// <summary>Probes and scrapers need a few.</summary>
    public const int MaxMetricsConnections = 256;

    /// <summary>
    /// Refused connections that stay open for <see cref="RefusalDelay"/> before they are closed. Clients that connect again at once
    /// would otherwise take all of the processor time.
    /// </summary>
    public const int MaxDelayedRefusals = 4_096;

    private static readonly TimeSpan RefusalDelay = TimeSpan.FromSeconds(1);

    private readonly ConnectionLimiter _main = new(MaxConnections, isExempt, TimeProvider.System);
    private readonly ConnectionLimiter _metrics = new(MaxMetricsConnections, isExempt, TimeProvider.System);
    private readonly WarningThrottle _throttle = new(TimeProvider.System);
    private int _delayedRefusals;

    public void Apply(KestrelServerOptions kestrel) => kestrel.ConfigureEndpointDefaults(listen =>
    {
        var logger = listen.ApplicationServices.GetRequiredService<ILogger<ConnectionLimits>>();
        var metrics = listen.ApplicationServices.GetRequiredService<KvMetrics>();

        // With HTTP/2 one connection has a hundred requests at the same time, and the limits of connections and memory count connections.
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection => RunAsync(connection, next, logger, metrics));
    });

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, ILogger logger, KvMetrics metrics)
    {
        var limiter = connection.LocalEndPoint is IPEndPoint { Port: var port } && port == metricsPort ? _metrics : _main;
        var admitted = limiter.TryAdd((connection.RemoteEndPoint as IPEndPoint)?.Address, connection.Abort, out var evicted);
        evicted?.Close();

        if (admitted is null || evicted is not null)
        {
            metrics.LimitedConnection();
            if (_throttle.ShouldWrite(out var count))
            {
                LogLimit(logger, count);
            }
        }

        if (admitted is null)
        {
            await RefuseAsync(connection);
            return;
        }

        try
        {
            connection.Features.Set(admitted);
            await next(connection);
        }
        finally
        {
            limiter.Remove(admitted);
        }
    }

    private async Task RefuseAsync(ConnectionContext connection)
    {
        if (Interlocked.Increment(ref _delayedRefusals) <= MaxDelayedRefusals)
        {
            // Kestrel would otherwise keep what the client sends meanwhile.
            await connection.Transport.Input.CompleteAsync();
            await Task.Delay(RefusalDelay);
        }

        Interlocked.Decrement(ref _delayedRefusals);
        connection.Abort();
    }

    [LoggerMessage(LogLevel.Warning, "Connection limit: {Count} connections were refused, or closed while idle, since the last line. A client address may have a quarter of all connections")]
    private static partial void LogLimit(ILogger logger, long count);
}

internal static class ConnectionLimitExtensions
{
    /// <summary>Tells the connection limit which connections are idle. First in the pipeline.</summary>
    public static void UseConnectionLimits(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (http.Features.Get<LimitedConnection>() is not { } connection)
        {
            await next(http);
            return;
        }

        if (!connection.TryBeginRequest())
        {
            http.Abort();
            return;
        }

        try
        {
            await next(http);
        }
        finally
        {
            connection.EndRequest();
        }
    });
}
