using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>One batch is one turn among the writers.</summary>
internal sealed class SqliteExpiredEntries(IDbContextFactory<SqliteKvDbContext> contexts, SqliteTurns turns, SqliteCheckpoints checkpoints) : IExpiredEntries
{
    /// <summary>Rows of a batch: some milliseconds, for that long writers wait.</summary>
    public const int BatchRows = 200;

    public async Task<ExpiredBacklog> MeasureAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToReadAsync(cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.MeasureExpiredAsync(now, cancellationToken);
    }

    public async Task<IReadOnlyList<EntryId>> FindExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToReadAsync(cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.FindExpiredAsync(BatchRows, now, cancellationToken);
    }

    public async Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToWriteAsync();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var removed = 0;

        using (var delete = new SqliteStatement((SqliteConnection)context.Database.GetDbConnection(), EntryStatements.DeleteExpired))
        {
            foreach (var id in ids)
            {
                removed += delete.Execute(EntryWrite.Delete(id, Precondition.None, now)) ? 1 : 0;
            }
        }

        await transaction.CommitAsync(cancellationToken);
        checkpoints.Wrote(removed, bytes: 0);
        return removed;
    }
}
