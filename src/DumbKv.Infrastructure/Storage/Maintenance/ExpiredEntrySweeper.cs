using DumbKv.Application.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>Sweeps once a minute. The next round retries a round that failed.</summary>
internal sealed partial class ExpiredEntrySweeper(
    SweepExpiredEntriesHandler sweep, StoreHealth health, TimeProvider time, ILogger<ExpiredEntrySweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        if (health.NotReady is not null)
        {
            return;
        }

        try
        {
            if (await sweep.HandleAsync(stoppingToken) is > 0 and var rows)
            {
                LogSwept(rows);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(exception.GetBaseException().Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Removed {Rows} expired entries")]
    private partial void LogSwept(long rows);

    [LoggerMessage(LogLevel.Warning, "Expired entries could not be removed. The next round tries again. {Reason}")]
    private partial void LogFailed(string reason);
}
