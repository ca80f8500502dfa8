using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>Entries in PostgreSQL, shared by any number of replicas: each call is one statement, one round trip.</summary>
internal sealed class PostgresStore(IDbContextFactory<PostgresKvDbContext> contexts, StoreState state) : IEntryStore
{
    private readonly Func<KvDbContext, int, byte[], CancellationToken, Task<Entry?>> _find = EntryStatements.CompileFind();

    public ValueTask<Entry?> FindAsync(EntryId id, CancellationToken cancellationToken) =>
        RunAsync(context => _find(context, id.Database, id.Lookup, cancellationToken));

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Put(entry, condition, now));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Delete(id, condition, now));

    private ValueTask<bool> WriteAsync(EntryWrite write) => RunAsync(context => context.ExecuteAsync(write));

    private async ValueTask<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work)
    {
        state.ThrowIfNotReady();
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            return await work(context);
        }
        catch (Exception exception) when (PostgresErrors.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }
}
