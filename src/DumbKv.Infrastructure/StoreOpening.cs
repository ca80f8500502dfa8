using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence;
using DumbKv.Infrastructure.Persistence.Maintenance;
using DumbKv.Infrastructure.Persistence.Original;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure;

/// <summary>Every step of it is a transaction of its own, and is found done or is done again by the next start.</summary>
internal sealed partial class StoreOpening(
    IStoreProvider provider, DatabaseOptions options, UpgradeOriginalHandler upgrade, ILogger<StoreOpening> logger) : IStoreOpening
{
    // Real time, whatever the clock of the entries says: what it waits for is another process.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    public Task<byte[]?> OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken) =>
        OpenAsync(fingerprint, waiting, Task.FromResult, cancellationToken);

    public Task<UpgradeResult?> OpenAndUpgradeAsync(
        byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken) =>
        OpenAsync(
            fingerprint,
            waiting,
            theirs =>
            {
                CheckPepper(fingerprint, theirs);
                return TakeOverOriginalAsync(fingerprint, progress, cancellationToken);
            },
            cancellationToken);

    public Task<UpgradeResult?> UpgradeFromAsync(
        string location, byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var original = OriginalLocation.Open(location);
        return OpenAsync(
            fingerprint,
            waiting,
            theirs =>
            {
                CheckPepper(fingerprint, theirs);
                return upgrade.HandleAsync(new UpgradeOriginal(original, provider.UpgradeTarget, InPlace: false, progress), cancellationToken);
            },
            cancellationToken);
    }

    public bool Exists() => provider.Exists();

    public async Task<byte[]?> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        if (!provider.Exists())
        {
            throw new StartRefusedException(2, $"{provider.Description} does not exist.");
        }

        return await RetryAsync(
            async () =>
            {
                await using var turn = await WaitForTurnAsync(waiting, cancellationToken);
                await using var context = provider.CreateContext();
                if (await SchemaCheck.RunAsync(context, cancellationToken) is { Text: { } fault })
                {
                    throw new StartRefusedException(1, $"{provider.Description}: {fault}");
                }

                return (await context.Store.AsNoTracking().SingleOrDefaultAsync(cancellationToken))?.PepperFingerprint;
            },
            waiting,
            cancellationToken);
    }

    /// <param name="fingerprint">Of the pepper for a new store.</param>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="then">What is done at the end, while the turn still lasts, with the fingerprint that the store has.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private Task<T> OpenAsync<T>(
        byte[]? fingerprint, Action<string> waiting, Func<byte[]?, Task<T>> then, CancellationToken cancellationToken) => RetryAsync(
            async () =>
            {
                await using var turn = await NeedsTurnAsync(cancellationToken) ? await WaitForTurnAsync(waiting, cancellationToken) : null;
                await provider.MigrateAsync(cancellationToken);
                await using var context = provider.CreateContext();
                return await then(await NotePepperAsync(context, fingerprint, cancellationToken));
            },
            waiting,
            cancellationToken);

    private async Task<T> RetryAsync<T>(Func<Task<T>> work, Action<string> waiting, CancellationToken cancellationToken)
    {
        var throttle = new WarningThrottle(TimeProvider.System);
        while (true)
        {
            try
            {
                return await work();
            }
            catch (Exception exception) when (provider.RefusalFor(exception) is { } refusal)
            {
                throw refusal;
            }
            catch (Exception exception) when (provider.IsWorthAnotherTry(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (!options.WaitsForDatabase)
                {
                    throw new StartRefusedException(1, $"{provider.Description} does not answer: {exception.GetBaseException().Message}");
                }

                waiting("the database does not answer");
                if (throttle.ShouldWrite(out var attempts))
                {
                    LogWaiting(provider.Description, attempts, exception.GetBaseException().Message);
                }

                await Task.Delay(RetryDelay, cancellationToken);
            }
        }
    }

    /// <summary>Asked without a turn: replicas of a store that is up to date start beside each other.</summary>
    private async Task<bool> NeedsTurnAsync(CancellationToken cancellationToken) =>
        await provider.NeedsTurnAsync(cancellationToken)
        || (provider.Original is { } original && await original.CountAsync(cancellationToken) is not null);

    /// <summary>One process prepares at a time: EF Core's own lock lets two of them run the same migration.</summary>
    private async Task<IAsyncDisposable> WaitForTurnAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        var hasWaited = false;
        while (true)
        {
            if (await provider.TryTakeTurnAsync(cancellationToken) is { } turn)
            {
                return turn;
            }

            if (provider.TurnPatience is var (after, refusal) && Stopwatch.GetElapsedTime(since) >= after)
            {
                throw refusal;
            }

            if (!hasWaited)
            {
                LogWaitingForTurn(provider.TurnHolder);
                hasWaited = true;
            }

            waiting(provider.TurnHolder);
            await Task.Delay(RetryDelay, cancellationToken);
        }
    }

    /// <summary>An original server's entries in this store become this server's, before anything is served.</summary>
    private async Task<UpgradeResult?> TakeOverOriginalAsync(byte[]? fingerprint, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        if (provider.Original is not { } original || await original.CountAsync(cancellationToken) is not { } rows)
        {
            return null;
        }

        if (rows > 0 && fingerprint is null)
        {
            LogNoPepper();
        }

        return await upgrade.HandleAsync(new UpgradeOriginal(original, provider.UpgradeTarget, InPlace: true, progress), cancellationToken);
    }

    /// <returns>The fingerprint that the store has: another replica may note its own just now, and the first row stands.</returns>
    private static async Task<byte[]?> NotePepperAsync(KvDbContext context, byte[]? mine, CancellationToken cancellationToken)
    {
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO store (id, pepper_fingerprint, minimum_schema) VALUES ({StoreInfo.TheOnlyId}, {mine}, {StoreSchema.Minimum})
            ON CONFLICT (id) DO NOTHING
            """,
            cancellationToken);
        return (await context.Store.AsNoTracking().SingleAsync(cancellationToken)).PepperFingerprint;
    }

    private static void CheckPepper(byte[]? mine, byte[]? theirs)
    {
        if (PepperRule.Refusal(mine, theirs) is { } refusal)
        {
            throw StartRefusedException.ForSetting("PEPPER", refusal);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The original server's entries are taken over without a pepper. That is final for this store: a pepper cannot be added later")]
    private partial void LogNoPepper();

    [LoggerMessage(LogLevel.Warning, "Waiting: {Holder}")]
    private partial void LogWaitingForTurn(string holder);

    [LoggerMessage(LogLevel.Warning, "Waiting for the store ({Description}), attempts since the last line: {Attempts}. {Reason}")]
    private partial void LogWaiting(string description, long attempts, string reason);
}
