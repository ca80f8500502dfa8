using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>Entries in a SQLite file. Readers run beside each other; writers take turns.</summary>
internal sealed class SqliteStore(IDbContextFactory<SqliteKvDbContext> contexts, SqliteTurns turns, StoreState state) : IEntryStore
{
    private readonly Func<KvDbContext, int, byte[], CancellationToken, Task<Entry?>> _find = EntryStatements.CompileFind();

    public async ValueTask<Entry?> FindAsync(EntryId id, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToReadAsync(cancellationToken);
        return await RunAsync(context => _find(context, id.Database, id.Lookup, cancellationToken));
    }

    public async ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        using var turn = await turns.ToWriteAsync();
        return await RunAsync(context => context.WriteAsync(entry, condition, now)) == 1;
    }

    public async ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now)
    {
        using var turn = await turns.ToWriteAsync();
        return await RunAsync(context => context.DeleteAsync(id, condition, now)) == 1;
    }

    private async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work)
    {
        state.ThrowIfNotReady();
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            return await work(context);
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception);
        }
    }
}
