using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure;

/// <summary>Every step of it is a transaction of its own, and is found done or is done again by the next start.</summary>
internal sealed partial class StoreOpening(
    IStoreProvider provider, UpgradeOriginalHandler upgrade, ILogger<StoreOpening> logger) : IStoreOpening
{
    // Real time, whatever the clock of the entries says: what it waits for is another process.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    public async Task OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken) =>
        await OpenAsync(fingerprint, waiting, () => Task.FromResult<UpgradeResult?>(null), cancellationToken);

    public Task<UpgradeResult?> OpenAndUpgradeAsync(
        byte[]? fingerprint, Action<string> waiting, Action<UpgradeProgress> progress, CancellationToken cancellationToken) =>
        OpenAsync(fingerprint, waiting, () => TakeOverOriginalAsync(fingerprint, progress, cancellationToken), cancellationToken);

    /// <param name="fingerprint">Of the pepper.</param>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="last">What is done at the end, while the turn still lasts.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private async Task<UpgradeResult?> OpenAsync(
        byte[]? fingerprint, Action<string> waiting, Func<Task<UpgradeResult?>> last, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var turn = await NeedsTurnAsync(cancellationToken) ? await WaitForTurnAsync(waiting, cancellationToken) : null;
                await provider.MigrateAsync(cancellationToken);
                await using var context = provider.CreateContext();
                await CheckPepperAsync(context, fingerprint, cancellationToken);
                return await last();
            }
            catch (Exception exception) when (provider.IsWorthAnotherTry(exception) && !cancellationToken.IsCancellationRequested)
            {
                waiting("the database does not answer");
                LogWaiting(provider.Description, exception.GetBaseException().Message);
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
    private async Task<UpgradeResult?> TakeOverOriginalAsync(byte[]? fingerprint, Action<UpgradeProgress> progress, CancellationToken cancellationToken)
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

    private static async Task CheckPepperAsync(KvDbContext context, byte[]? mine, CancellationToken cancellationToken)
    {
        // Another replica may do the same just now: the first row stands.
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO store (id, pepper_fingerprint) VALUES ({StoreInfo.TheOnlyId}, {mine}) ON CONFLICT (id) DO NOTHING",
            cancellationToken);
        var theirs = (await context.Store.AsNoTracking().SingleAsync(cancellationToken)).PepperFingerprint;

        if (PepperRule.Refusal(mine, theirs) is { } refusal)
        {
            throw new StartRefusedException(2, $"PEPPER: {refusal}");
        }
    }

    [LoggerMessage(LogLevel.Warning, "The original server's entries are taken over without a pepper. That is final for this store: a pepper cannot be added later")]
    private partial void LogNoPepper();

    [LoggerMessage(LogLevel.Warning, "Waiting: {Holder}")]
    private partial void LogWaitingForTurn(string holder);

    [LoggerMessage(LogLevel.Warning, "Waiting for the store ({Description}): {Reason}")]
    private partial void LogWaiting(string description, string reason);
}
