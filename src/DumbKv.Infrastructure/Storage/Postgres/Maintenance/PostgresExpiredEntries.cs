using DumbKv.Application;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

/// <summary>
/// A batch is one transaction and three round trips. An advisory lock, held until the transaction ends, lets one replica at a time
/// remove entries.
/// </summary>
internal sealed class PostgresExpiredEntries(IDbContextFactory<PostgresKvDbContext> contexts, NpgsqlDataSource source) : IExpiredEntries
{
    public const int BatchRows = 500;

    public async Task<ExpiredBacklog> MeasureAsync(SweepDue due, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.MeasureExpiredAsync(due, cancellationToken);
    }

    public async Task<IReadOnlyList<EntryId>> FindExpiredAsync(SweepDue due, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.FindExpiredAsync(BatchRows, due, cancellationToken);
    }

    public async Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, SweepDue due, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await PostgresAdvisoryLock.TryAcquireAsync(transaction, PostgresAdvisoryLock.Sweep, cancellationToken))
        {
            return null;
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        // In the order in which writes lock rows, so that they do not deadlock.
        foreach (var id in ids.OrderBy(id => (id.Database, id.Lookup), RowOrder.Instance))
        {
            batch.BatchCommands.Add(PostgresCommands.Write(EntryWrite.Sweep(id, due)));
        }

        var removed = await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return removed;
    }
}
