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
        TranslateAsync(() => PostgresRetries.RunAsync(
            async () =>
            {
                await using var context = await contexts.CreateDbContextAsync(cancellationToken);
                return await _find(context, id.Database, id.Lookup, cancellationToken);
            }));

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        state.ThrowIfFull();
        return WriteAsync(EntryWrite.Put(entry, condition, now));
    }

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Delete(id, condition, now));

    private ValueTask<bool> WriteAsync(EntryWrite write) => TranslateAsync(async () =>
    {
        var attempt = await PostgresRetries.RunAsync(() => TryAsync(write));
        return attempt.Changed ?? (await IsKnownToBeThereAsync(write) ? true : throw new StoreUnavailableException(
            "The connection to the store broke during the write, which may have happened or not. Read the key, then try again.", attempt.Failure));
    });

    /// <summary>What fails before the statement is sent, or ends in the database's own refusal, changed nothing and is thrown.</summary>
    private async Task<(bool? Changed, Exception? Failure)> TryAsync(EntryWrite write)
    {
        await using var context = await contexts.CreateDbContextAsync();
        await context.Database.OpenConnectionAsync();
        try
        {
            return (await context.ExecuteAsync(write), null);
        }
        catch (Exception exception) when (PostgresErrors.LeavesOutcomeUnknown(exception))
        {
            return (null, exception);
        }
    }

    /// <summary>
    /// A read would show a row before it is replicated, so this is a write of its own: once it is answered, all before it is
    /// as safe as a write can be. Only this very write made this version: nobody is told of it yet.
    /// </summary>
    private async Task<bool> IsKnownToBeThereAsync(EntryWrite write)
    {
        if (write.Entry is not { Version: { } version })
        {
            return false; // That a row is gone does not tell who removed it.
        }

        return await PostgresRetries.RunAsync(
            async () =>
            {
                await using var context = await contexts.CreateDbContextAsync();
                return await context.Database.ExecuteSqlAsync(
                    $"UPDATE entries SET version = version WHERE database_id = {write.Database} AND lookup = {write.Lookup} AND version = {version}") == 1;
            });
    }

    private async ValueTask<TResult> TranslateAsync<TResult>(Func<Task<TResult>> work)
    {
        state.ThrowIfNotReady();
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
