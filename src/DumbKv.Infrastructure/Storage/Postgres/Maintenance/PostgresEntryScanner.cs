using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

/// <summary>Each batch of rows takes one round trip.</summary>
internal sealed class PostgresEntryScanner(IDatabase database, NpgsqlDataSource source) : EntryScanner(database)
{
    public override async Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        var databases = batch.Select(entry => entry.Database).ToArray();
        var lookups = batch.Select(entry => entry.Lookup).ToArray();

        await using var context = CreateContext();
        return await context.Entries
            .FromSql($"SELECT e.* FROM entries e JOIN unnest({databases}, {lookups}) AS place (database_id, lookup) USING (database_id, lookup)")
            .AsNoTracking()
            .ToListAsync(cancellationToken);
    }

    public override async Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var commands = new NpgsqlBatch(connection, transaction) { Timeout = 0 };
        foreach (var entry in batch)
        {
            commands.BatchCommands.Add(PostgresCommands.Copy(EntryWrite.Copy(entry)));
        }

        await commands.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
