using DumbKv.Application;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>Measures the store every ten seconds, for the metrics and for MAX_STORE_BYTES, and looks whether it has lost its pepper.</summary>
internal sealed partial class StoreSizeMonitor(
    IDatabase database, StoreHealth health, DatabaseOptions options, KvMetrics metrics, TimeProvider time, ILogger<StoreSizeMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.SetStoreLimit(options.MaxBytes ?? 0);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            await health.Ready.WaitAsync(stoppingToken);
            do
            {
                await MeasureAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task MeasureAsync(CancellationToken stoppingToken)
    {
        try
        {
            var bytes = await database.RunAsync(context => database.MeasureBytesAsync(context, stoppingToken), stoppingToken);
            metrics.SetStoreSize(bytes);
            metrics.SetWalSize(database.MeasureWalBytes());
            metrics.SetPepperMissing(options.Pepper is not null && await LacksPepperAsync(stoppingToken));

            var isFull = bytes > options.MaxBytes;
            if (isFull != health.IsFull)
            {
                health.IsFull = isFull;
                LogChange(isFull ? "full and refuses new values" : "no longer full", bytes, options.MaxBytes);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(exception.GetBaseException().Message);
        }
    }

    private Task<bool> LacksPepperAsync(CancellationToken stoppingToken) => database.RunAsync(
        async context => (await StoreInfo.ReadKeyAsync(context, stoppingToken))?.HasPepper == false, stoppingToken);

    [LoggerMessage(LogLevel.Warning, "The store is {State}. It has {Bytes} bytes, and MAX_STORE_BYTES is {Limit}")]
    private partial void LogChange(string state, long bytes, long? limit);

    [LoggerMessage(LogLevel.Debug, "The size of the store could not be measured. The next round tries again. {Reason}")]
    private partial void LogFailed(string reason);
}
