using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Startup;

/// <summary>
/// Initializes the store while the server listens: it is live and not ready. A store that cannot be opened stops the server.
/// </summary>
internal sealed partial class StoreInitializationService(
    IStoreInitializer initializer,
    IDatabase database,
    DatabaseOptions options,
    StoreHealth health,
    StartOutcome outcome,
    IHostApplicationLifetime lifetime,
    ILogger<StoreInitializationService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // An address in use belongs to another server, which may use this store: nothing is touched before the server listens.
            await WaitUntilListeningAsync(stoppingToken);

            var imported = await initializer.OpenAndImportAsync(options.Pepper?.Fingerprint, WaitFor, Report, stoppingToken);
            if (imported is { } result)
            {
                LogTakenOver(result.Imported, result.Staying);
            }

            health.NotReady = null;
            LogReady(database.Description);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops before the store is ready. The next start resumes unfinished work.
        }
        catch (Exception exception)
        {
            outcome.Refuse(exception as StartRefusedException
                ?? new StartRefusedException(StartRefusal.UnusableStore, $"The store ({database.Description}) cannot be prepared: {exception.Message}"));
            health.NotReady = "the store cannot be prepared";
            lifetime.StopApplication();
        }
    }

    private async Task WaitUntilListeningAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);
    }

    private void WaitFor(string what) => health.NotReady = what;

    private void Report(WorkProgress progress) => health.NotReady = string.Create(
        CultureInfo.InvariantCulture, $"the original server's entries are being taken over: {progress.Done} of {progress.Total}");

    [LoggerMessage(LogLevel.Information, "Took over {TakenOver} entries of the original server; {Staying} rows stay in its table")]
    private partial void LogTakenOver(long takenOver, long staying);

    [LoggerMessage(LogLevel.Information, "The store is ready: {Description}")]
    private partial void LogReady(string description);
}
