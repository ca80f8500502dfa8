using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Persistence.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>A batch is one statement: arrays go there, and the database makes rows of them.</summary>
internal sealed class PostgresContents(IStoreProvider provider, NpgsqlDataSource source) : StoreContents(provider)
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
        await using var command = source.CreateCommand("""
            INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
            SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bigint[], $5::int[], $6::bytea[])
            ON CONFLICT (database_id, lookup) DO NOTHING
            """);
        command.CommandTimeout = 0;
        Add(batch.Select(entry => entry.Database));
        Add(batch.Select(entry => entry.Lookup));
        Add(batch.Select(entry => entry.Version));
        Add(batch.Select(entry => entry.ExpiresAt));
        Add(batch.Select(entry => (int)entry.Flags));
        Add(batch.Select(entry => entry.Sealed));
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Add<T>(IEnumerable<T> column) => command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = column.ToArray() });
    }
}
