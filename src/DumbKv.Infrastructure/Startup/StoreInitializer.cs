using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Legacy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Startup;

/// <summary>Each step is a transaction of its own. The next start finds it done, or repeats it.</summary>
internal sealed partial class StoreInitializer(
    IDatabase database,
    ILegacyStore legacy,
    IImportTarget target,
    ImportLegacyHandler import,
    DatabaseOptions options,
    ILogger<StoreInitializer> logger) : IStoreInitializer
{
    // Uses real time and not the TimeProvider, because it waits for another process.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    public Task<byte[]?> OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken) =>
        OpenAsync(fingerprint, waiting, Task.FromResult, cancellationToken);

    public Task<ImportResult?> OpenAndImportAsync(
        byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken) =>
        OpenAsync(
            fingerprint,
            waiting,
            theirs =>
            {
                CheckPepper(fingerprint, theirs);
                return ImportLegacyAsync(fingerprint, progress, cancellationToken);
            },
            cancellationToken);

    public Task<ImportResult?> ImportFromAsync(
        string location, byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var source = LegacyLocation.Open(location);
        return OpenAsync(
            fingerprint,
            waiting,
            theirs =>
            {
                CheckPepper(fingerprint, theirs);
                return import.HandleAsync(new ImportLegacy(source, target, InPlace: false, progress), cancellationToken);
            },
            cancellationToken);
    }

    public bool Exists() => database.Exists();

    public async Task<byte[]?> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        if (!database.Exists())
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{database.Description} does not exist.");
        }

        return await RetryAsync(
            async () =>
            {
                await using var held = await AcquireLockAsync(waiting, cancellationToken);
                await using var context = database.CreateContext();
                if (await SchemaCheck.RunAsync(context, cancellationToken) is { Text: { } fault })
                {
                    throw new StartRefusedException(StartRefusal.UnusableStore, $"{database.Description}: {fault}");
                }

                return (await context.Store.AsNoTracking().SingleOrDefaultAsync(cancellationToken))?.PepperFingerprint;
            },
            waiting,
            cancellationToken);
    }

    /// <param name="fingerprint">Fingerprint of the pepper for a new store.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="then">Runs at the end, while the lock is held, with the store's fingerprint.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private Task<T> OpenAsync<T>(
        byte[]? fingerprint, Action<string> waiting, Func<byte[]?, Task<T>> then, CancellationToken cancellationToken) => RetryAsync(
            async () =>
            {
                await using var held = await NeedsLockAsync(cancellationToken) ? await AcquireLockAsync(waiting, cancellationToken) : null;
                await database.MigrateAsync(cancellationToken);
                await using var context = database.CreateContext();
                return await then(await RecordPepperAsync(context, fingerprint, cancellationToken));
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
            catch (Exception exception) when (database.RefusalFor(exception) is { } refusal)
            {
                throw refusal;
            }
            catch (Exception exception) when (database.IsWorthAnotherTry(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (!options.WaitsForDatabase)
                {
                    throw new StartRefusedException(StartRefusal.UnusableStore, $"{database.Description} does not answer: {exception.GetBaseException().Message}");
                }

                waiting("the database does not answer");
                if (throttle.ShouldWrite(out var attempts))
                {
                    LogWaiting(database.Description, attempts, exception.GetBaseException().Message);
                }

                await Task.Delay(RetryDelay, cancellationToken);
            }
        }
    }

    /// <summary>Runs without the lock, so that replicas of a store that is up to date start at the same time.</summary>
    private async Task<bool> NeedsLockAsync(CancellationToken cancellationToken) =>
        await database.NeedsLockAsync(cancellationToken)
        || await legacy.CountAsync(cancellationToken) is not null;

    /// <summary>One process initializes the store at a time: EF Core's own lock lets two of them run the same migration.</summary>
    private async Task<IAsyncDisposable> AcquireLockAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        var hasWaited = false;
        while (true)
        {
            if (await database.TryAcquireLockAsync(cancellationToken) is { } held)
            {
                return held;
            }

            if (database.LockPatience is var (after, refusal) && Stopwatch.GetElapsedTime(since) >= after)
            {
                throw refusal;
            }

            if (!hasWaited)
            {
                LogWaitingForLock(database.LockHolder);
                hasWaited = true;
            }

            waiting(database.LockHolder);
            await Task.Delay(RetryDelay, cancellationToken);
        }
    }

    /// <summary>Imports the original server's table in this database, before requests are served.</summary>
    private async Task<ImportResult?> ImportLegacyAsync(byte[]? fingerprint, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        if (await legacy.CountAsync(cancellationToken) is not { } rows)
        {
            return null;
        }

        if (rows > 0 && fingerprint is null)
        {
            LogNoPepper();
        }

        return await import.HandleAsync(new ImportLegacy(legacy, target, InPlace: true, progress), cancellationToken);
    }

    /// <returns>The store's fingerprint. If two replicas insert theirs at the same time, the first row counts.</returns>
    private static async Task<byte[]?> RecordPepperAsync(KvDbContext context, byte[]? mine, CancellationToken cancellationToken)
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
        if (PepperCheck.Refusal(mine, theirs) is { } refusal)
        {
            throw StartRefusedException.ForSetting("PEPPER", refusal);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The original server's entries are imported without a pepper. A pepper cannot be added to this store later")]
    private partial void LogNoPepper();

    [LoggerMessage(LogLevel.Warning, "Waiting: {Holder}")]
    private partial void LogWaitingForLock(string holder);

    [LoggerMessage(LogLevel.Warning, "Waiting for the store ({Description}), attempts since the last line: {Attempts}. {Reason}")]
    private partial void LogWaiting(string description, long attempts, string reason);
}
