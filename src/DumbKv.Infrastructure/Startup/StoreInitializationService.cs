using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Startup;

/// <summary>
/// Initializes the store while the server already listens: it is live and not ready. If the store cannot be opened, the server stops.
/// </summary>
internal sealed partial class StoreInitializationService(
    IStoreInitializer initializer,
    IDatabase database,
    StoreHealth health,
    StartOutcome outcome,
    IHostApplicationLifetime lifetime,
    ILogger<StoreInitializationService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // If the address is in use, another server has it, and may use this store. So nothing is changed before this server listens.
            await WaitUntilListeningAsync(stoppingToken);

            var imported = await initializer.OpenAndImportAsync(WaitFor, Report, stoppingToken);
            if (imported is { } result)
            {
                LogImported(result.Imported, result.Staying);
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
                ?? new StartRefusedException(StartRefusal.UnusableStore, $"The store ({database.Description}) cannot be initialized: {exception.Message}"));
            health.NotReady = "the store cannot be initialized";
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
        CultureInfo.InvariantCulture, $"importing the original server's entries: {progress.Done} of {progress.Total}");

    [LoggerMessage(LogLevel.Information, "Imported {Imported} entries of the original server; {Staying} rows stay in its table")]
    private partial void LogImported(long imported, long staying);

    [LoggerMessage(LogLevel.Information, "The store is ready: {Description}")]
    private partial void LogReady(string description);
}
