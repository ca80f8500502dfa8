using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>Entries in a SQLite file. Reads run in parallel. Writes wait in a queue and share commits.</summary>
internal sealed class SqliteStore(
    SqliteReaderPool readers, SqliteWriteLock writeLock, SqliteWriter writer, StoreHealth health) : IEntryStore
{
    public void ThrowIfNotReady() => health.ThrowIfNotReady();

    public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
    {
        health.ThrowIfNotReady();
        using var held = await writeLock.AcquireForReadAsync(cancellationToken);
        try
        {
            var found = readers.Find(id);
            while (found.IsLarge)
            {
                found = readers.Find(id, budget.Reserve(found.Size)); // Another value can be there by now.
            }

            return found.Entry;
        }
        catch (SqliteException exception) when (SqliteErrors.Translate(exception) is StoreException failure)
        {
            throw failure;
        }
    }

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        health.ThrowIfFull();
        return WriteAsync(EntryWrite.Put(entry, condition, now));
    }

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => WriteAsync(EntryWrite.Consume(receipt, read, now));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Delete(id, condition, now));

    private ValueTask<bool> WriteAsync(EntryWrite write)
    {
        health.ThrowIfNotReady();
        return new ValueTask<bool>(writer.WriteAsync(write));
    }
}
