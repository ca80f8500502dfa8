using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>Entries in PostgreSQL, which any number of replicas share. Each request is one statement, and requests share round trips.</summary>
internal sealed class PostgresStore(PostgresReader reader, PostgresWriter writer, StoreHealth health) : IEntryStore
{
    public void ThrowIfNotReady() => health.ThrowIfNotReady();

    public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var found = await TranslateAsync(() => reader.FindAsync(id));
        while (found.IsLarge)
        {
            var large = budget.Reserve(found.Size);
            found = await TranslateAsync(() => reader.FindAsync(id, large)); // Another value can be there by now.
        }

        return found.Entry;
    }

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        health.ThrowIfFull();
        return TranslateAsync(() => writer.WriteAsync(EntryWrite.Put(entry, condition, now)));
    }

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) =>
        TranslateAsync(() => writer.WriteAsync(EntryWrite.Consume(receipt, read, now)));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) =>
        TranslateAsync(() => writer.WriteAsync(EntryWrite.Delete(id, condition, now)));

    private async ValueTask<TResult> TranslateAsync<TResult>(Func<Task<TResult>> work)
    {
        health.ThrowIfNotReady();
        try
        {
            return await work();
        }
        catch (Exception exception) when (PostgresErrors.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }
}
