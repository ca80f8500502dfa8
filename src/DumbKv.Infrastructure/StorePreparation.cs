using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure;

/// <summary>
/// Opens the store while the server listens already: live, not ready. What cannot be opened stops the server.
/// </summary>
internal sealed partial class StorePreparation(
    IStoreOpening opening,
    IStoreProvider provider,
    DatabaseOptions options,
    StoreState state,
    StartOutcome outcome,
    IHostApplicationLifetime lifetime,
    ILogger<StorePreparation> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // An address in use belongs to another server, which may use this store: nothing is touched before the server listens.
            await WaitUntilListeningAsync(stoppingToken);

            var takenOver = await opening.OpenAndUpgradeAsync(options.Pepper?.Fingerprint, WaitFor, Report, stoppingToken);
            if (takenOver is { } result)
            {
                LogTakenOver(result.TakenOver, result.Staying);
            }

            state.NotReady = null;
            LogReady(provider.Description);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops before its store was ready. What was begun is gone on with at the next start.
        }
        catch (Exception exception)
        {
            outcome.Refuse(exception as StartRefusedException
                ?? new StartRefusedException(1, $"The store ({provider.Description}) cannot be prepared: {exception.Message}"));
            state.NotReady = "the store cannot be prepared";
            lifetime.StopApplication();
        }
    }

    private async Task WaitUntilListeningAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);
    }

    private void WaitFor(string what) => state.NotReady = what;

    private void Report(WorkProgress progress) => state.NotReady = string.Create(
        CultureInfo.InvariantCulture, $"the original server's entries are being taken over: {progress.Done} of {progress.Total}");

    [LoggerMessage(LogLevel.Information, "Took over {TakenOver} entries of the original server; {Staying} rows stay in its table")]
    private partial void LogTakenOver(long takenOver, long staying);

    [LoggerMessage(LogLevel.Information, "The store is ready: {Description}")]
    private partial void LogReady(string description);
}
