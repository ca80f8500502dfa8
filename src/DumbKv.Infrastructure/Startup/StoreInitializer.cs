using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
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
    EntryCipher cipher,
    DatabaseOptions options,
    ILogger<StoreInitializer> logger) : IStoreInitializer
{
    // Uses real time and not the TimeProvider, because it waits for another process.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    public Task<StoredKey> OpenAsync(StoredKey keyOfNewStore, Action<string> waiting, CancellationToken cancellationToken) =>
        OpenAsync(keyOfNewStore, waiting, (_, stored) => Task.FromResult(stored), cancellationToken);

    public Task<ImportResult?> OpenAndImportAsync(Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken) => OpenAsync(
        StoredKey.New(options.Pepper),
        waiting,
        async (context, stored) =>
        {
            await UseAsync(context, stored, cancellationToken);
            return await legacy.CountAsync(cancellationToken) is null
                ? null
                : await import.HandleAsync(new ImportLegacy(legacy, target, InPlace: true, progress), cancellationToken);
        },
        cancellationToken);

    public Task<ImportResult?> ImportFromAsync(string location, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var source = LegacyLocation.Open(location);
        return OpenAsync(
            StoredKey.New(options.Pepper),
            waiting,
            async (context, stored) =>
            {
                await UseAsync(context, stored, cancellationToken);
                return (ImportResult?)await import.HandleAsync(new ImportLegacy(source, target, InPlace: false, progress), cancellationToken);
            },
            cancellationToken);
    }

    public bool Exists() => database.Exists();

    public async Task<StoredKey> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken)
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

                return await StoreInfo.ReadKeyAsync(context, cancellationToken)
                    ?? throw new StartRefusedException(StartRefusal.UnusableStore, $"{database.Description}: no server has used this store yet.");
            },
            waiting,
            cancellationToken);
    }

    /// <param name="keyOfNewStore">Recorded if the store has no key yet.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="then">Runs at the end, while the lock is held, with the key of the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private Task<T> OpenAsync<T>(
        StoredKey keyOfNewStore, Action<string> waiting, Func<KvDbContext, StoredKey, Task<T>> then, CancellationToken cancellationToken) => RetryAsync(
            async () =>
            {
                await using var held = await NeedsLockAsync(cancellationToken) ? await AcquireLockAsync(waiting, cancellationToken) : null;
                await database.MigrateAsync(cancellationToken);
                await using var context = database.CreateContext();
                return await then(context, await RecordAsync(context, keyOfNewStore, cancellationToken));
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

    /// <returns>The key of the store. If two replicas insert theirs at the same time, the first row counts.</returns>
    private static async Task<StoredKey> RecordAsync(KvDbContext context, StoredKey mine, CancellationToken cancellationToken)
    {
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO store (id, pepper_fingerprint, store_key, store_key_pepper, first_pepper_is_store_key, minimum_schema)
            VALUES ({StoreInfo.TheOnlyId}, {mine.EarlierFingerprint}, {mine.Key}, {mine.PepperFingerprint}, {mine.FirstPepperIsKey}, {StoreSchema.Minimum})
            ON CONFLICT (id) DO NOTHING
            """,
            cancellationToken);
        return (await StoreInfo.ReadKeyAsync(context, cancellationToken))!;
    }

    /// <summary>Gives the cipher the key of the store. The key of a store that an earlier version made with a pepper is wrapped first.</summary>
    private async Task UseAsync(KvDbContext context, StoredKey stored, CancellationToken cancellationToken)
    {
        var (key, pepper, fault) = stored.Open(options.Pepper, options.PreviousPepper);
        if (key is null)
        {
            throw StartRefusedException.ForSetting("PEPPER", PepperCheck.Refusal(fault)!);
        }

        if (stored.Key is null && pepper is not null)
        {
            var wrapped = StoredKey.Of(key, pepper, firstPepperIsKey: true);
            await context.Database.ExecuteSqlAsync(
                $"""
                UPDATE store SET store_key = {wrapped.Key}, store_key_pepper = {wrapped.PepperFingerprint}, first_pepper_is_store_key = {true}
                WHERE id = {StoreInfo.TheOnlyId} AND store_key IS NULL
                """,
                cancellationToken);
            LogFirstPepper();
        }

        if (options.Pepper is { LooksLikeText: true })
        {
            LogWeakPepper();
        }

        if (pepper is not null && pepper != options.Pepper)
        {
            LogPreviousPepper();
        }

        cipher.Use(key);
    }

    [LoggerMessage(LogLevel.Warning, "This store's first pepper is its store key. The pepper can be rotated now. Keep the first one secret for the store's life; if it leaked, move to a new store")]
    private partial void LogFirstPepper();

    [LoggerMessage(LogLevel.Warning, "PEPPER consists of printable characters, so it is probably not random. Make one with: openssl rand -base64 32. Then replace it with: dumbkv pepper rotate")]
    private partial void LogWeakPepper();

    [LoggerMessage(LogLevel.Warning, "The store is still encrypted with PEPPER_PREVIOUS. When every server has both peppers, run: dumbkv pepper rotate")]
    private partial void LogPreviousPepper();

    [LoggerMessage(LogLevel.Warning, "Waiting: {Holder}")]
    private partial void LogWaitingForLock(string holder);

    [LoggerMessage(LogLevel.Warning, "Waiting for the store ({Description}), attempts since the last line: {Attempts}. {Reason}")]
    private partial void LogWaiting(string description, long attempts, string reason);
}
