using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DumbKv.FaultyServer;

/// <summary>Reports a write as done while it still waits for the disk.</summary>
internal sealed class AnsweringBeforeCommit(IEntryStore store) : IEntryStore
{
    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken) => store.FindAsync(id, budget, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        _ = store.WriteAsync(entry, condition, now).AsTask();
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => store.ConsumeAsync(receipt, read, now);

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);
}

/// <summary>Not a bug but the simple design, for comparison: each write has its own context, transaction and fsync.</summary>
internal sealed class CommittingEach(IEntryStore store, IDbContextFactory<SqliteKvDbContext> contexts) : IEntryStore, IDisposable
{
    // Waiting here costs less than waiting in SQLite's busy handler, which polls.
    private readonly SemaphoreSlim _one = new(1, 1);

    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken) => store.FindAsync(id, budget, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Put(entry, condition, now));

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => WriteAsync(EntryWrite.Consume(receipt, read, now));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Delete(id, condition, now));

    public void Dispose() => _one.Dispose();

    private async ValueTask<bool> WriteAsync(EntryWrite write)
    {
        await _one.WaitAsync();
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            return await context.ExecuteAsync(write);
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>Not a bug but no database, for comparison: what a request costs without one. Ignores conditions, and restarts empty.</summary>
internal sealed class KeepingInMemory(IEntryStore store) : IEntryStore
{
    /// <summary>A benchmark writes new keys without end. Later ones are not kept, and not read.</summary>
    private const int MaxEntries = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _rows = [];

    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_rows.TryGetValue(id.Fingerprint, out var row) ? row.Copy(budget) : null);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        var row = new EntryId(entry.Database, entry.Lookup).Fingerprint;
        if (_rows.ContainsKey(row) || _rows.Count < MaxEntries)
        {
            _rows[row] = entry;
        }

        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => WriteAsync(receipt, Precondition.None, now);

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => ValueTask.FromResult(_rows.TryRemove(id.Fingerprint, out _));
}

/// <summary>A read can see a row as it was some milliseconds ago.</summary>
internal sealed class ReadingStaleRows(IEntryStore store) : IEntryStore
{
    private static readonly TimeSpan Stale = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, (Entry? Entry, long Found)> _rows = [];

    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
    {
        if (_rows.TryGetValue(id.Fingerprint, out var row) && Stopwatch.GetElapsedTime(row.Found) < Stale)
        {
            return row.Entry?.Copy(IReadBudget.Unlimited);
        }

        var entry = await store.FindAsync(id, budget, cancellationToken);
        _rows[id.Fingerprint] = (entry?.Copy(IReadBudget.Unlimited), Stopwatch.GetTimestamp());
        return entry;
    }

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => store.WriteAsync(entry, condition, now);

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => store.ConsumeAsync(receipt, read, now);

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);
}

/// <summary>Executes each write a second time, 100 ms after it was answered.</summary>
internal sealed class RepeatingWrites(IEntryStore store) : IEntryStore
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken) => store.FindAsync(id, budget, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => TwiceAsync(() => store.WriteAsync(entry, condition, now));

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => TwiceAsync(() => store.ConsumeAsync(receipt, read, now));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => TwiceAsync(() => store.DeleteAsync(id, condition, now));

    private static async ValueTask<bool> TwiceAsync(Func<ValueTask<bool>> write)
    {
        var outcome = await write();
        _ = Task.Run(async () =>
        {
            await Task.Delay(Pause);
            await write();
        });
        return outcome;
    }
}

/// <summary>A read returns a read-once value even if another read has consumed it meanwhile.</summary>
internal sealed class ReturningReadOnceValuesTwice(IEntryStore store) : IEntryStore
{
    public void ThrowIfNotReady() => store.ThrowIfNotReady();

    public ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken) => store.FindAsync(id, budget, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => store.WriteAsync(entry, condition, now);

    public async ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now)
    {
        await store.ConsumeAsync(receipt, read, now);
        return true;
    }

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);
}

/// <summary>Lets the operating system decide when a commit reaches the disk.</summary>
internal sealed class WithoutFsync : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = OFF";
        command.ExecuteNonQuery();
    }
}

internal static class Copying
{
    /// <summary>A reader overwrites its row when it opens it.</summary>
    public static Entry Copy(this Entry entry, IReadBudget budget)
    {
        var target = entry.Sealed.Length > IReadBudget.UncountedBytes ? budget.Reserve(entry.Sealed.Length)[..entry.Sealed.Length] : new byte[entry.Sealed.Length];
        entry.Sealed.CopyTo(target);
        return new Entry
        {
            Database = entry.Database,
            Lookup = entry.Lookup,
            Version = entry.Version,
            ExpiresAt = entry.ExpiresAt,
            Flags = entry.Flags,
            Sealed = target,
        };
    }
}

internal static class Replacing
{
    /// <summary>Wraps the registered service.</summary>
    public static IServiceCollection Replace<TService>(this IServiceCollection services, Func<IServiceProvider, TService, TService> wrap)
        where TService : class
    {
        var original = services.Single(service => service.ServiceType == typeof(TService));
        services.Remove(original);
        return services.AddSingleton(provider => wrap(provider, (TService)ActivatorUtilities.CreateInstance(provider, original.ImplementationType!)));
    }
}
