using System.Globalization;
using System.Security.Cryptography;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure;

/// <summary>
/// Brings the store up to this server's schema and checks its pepper, while the server listens already: live, not
/// ready. What cannot be prepared stops the server.
/// </summary>
internal sealed partial class StorePreparation(
    IStoreProvider provider,
    UpgradeOriginalHandler upgrade,
    DatabaseOptions options,
    StoreState state,
    StartOutcome outcome,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<StorePreparation> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await PrepareAsync(stoppingToken);
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

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var turn = await HasWorkAsync(cancellationToken) ? await WaitForTurnAsync(cancellationToken) : null;
                await provider.MigrateAsync(cancellationToken);
                await using var context = provider.CreateContext();
                await CheckPepperAsync(context, cancellationToken);
                await TakeOverOriginalAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (provider.IsWorthAnotherTry(exception) && !cancellationToken.IsCancellationRequested)
            {
                state.NotReady = "the database does not answer";
                LogWaiting(provider.Description, exception.GetBaseException().Message);
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }

    /// <summary>Asked without a turn: replicas of a store that is up to date start beside each other.</summary>
    private async Task<bool> HasWorkAsync(CancellationToken cancellationToken) =>
        await provider.HasPendingMigrationsAsync(cancellationToken)
        || (provider.Original is { } original && await original.CountAsync(cancellationToken) is not null);

    /// <summary>One server prepares at a time: EF Core's own lock lets two of them run the same migration.</summary>
    private async Task<IAsyncDisposable> WaitForTurnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await provider.TryTakeTurnAsync(cancellationToken) is { } turn)
            {
                return turn;
            }

            state.NotReady = "another replica prepares the store";
            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    /// <summary>An original server's entries in this store become this server's, before anything is served.</summary>
    private async Task TakeOverOriginalAsync(CancellationToken cancellationToken)
    {
        if (provider.Original is not { } original || await original.CountAsync(cancellationToken) is not { } rows)
        {
            return;
        }

        if (rows > 0 && options.Pepper is null)
        {
            LogNoPepper();
        }

        if (await upgrade.HandleAsync(new UpgradeOriginal(original, provider.UpgradeTarget, InPlace: true, Report), cancellationToken) is { } result)
        {
            LogTakenOver(result.TakenOver, result.Unreadable + result.Conflicting);
        }

        void Report(UpgradeProgress progress) => state.NotReady = string.Create(
            CultureInfo.InvariantCulture, $"the original server's entries are being taken over: {progress.Done} of {progress.Total}");
    }

    private async Task CheckPepperAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        var mine = options.Pepper?.Fingerprint;

        // Another replica may do the same just now: the first row stands.
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO store (id, pepper_fingerprint) VALUES ({StoreInfo.TheOnlyId}, {mine}) ON CONFLICT (id) DO NOTHING",
            cancellationToken);
        var theirs = (await context.Store.AsNoTracking().SingleAsync(cancellationToken)).PepperFingerprint;

        var refusal = (mine, theirs) switch
        {
            (null, null) => null,
            (null, _) => "PEPPER: this store was made with a pepper and opens only with it. Set PEPPER or PEPPER_FILE.",
            (_, null) => "PEPPER: this store was made without a pepper, and one cannot be added later. Unset PEPPER and PEPPER_FILE, or start a new store.",
            _ when CryptographicOperations.FixedTimeEquals(mine, theirs) => null,
            _ => "PEPPER: this is not the pepper that this store was made with. Set PEPPER or PEPPER_FILE to that one.",
        };

        if (refusal is not null)
        {
            throw new StartRefusedException(2, refusal);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The original server's entries are taken over without a pepper. That is final for this store: a pepper cannot be added later")]
    private partial void LogNoPepper();

    [LoggerMessage(LogLevel.Information, "Took over {TakenOver} entries of the original server; {Staying} rows stay in its table")]
    private partial void LogTakenOver(long takenOver, long staying);

    [LoggerMessage(LogLevel.Warning, "Waiting for the store ({Description}): {Reason}")]
    private partial void LogWaiting(string description, string reason);

    [LoggerMessage(LogLevel.Information, "The store is ready: {Description}")]
    private partial void LogReady(string description);
}
