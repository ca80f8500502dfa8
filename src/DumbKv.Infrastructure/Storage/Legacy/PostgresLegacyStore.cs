using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>The original's table in a PostgreSQL database, which is only read.</summary>
internal sealed class PostgresLegacyStore(string connectionString) : ILegacyStore
{
    // Other schemas can have a table of this name. Only the one that the search path finds first counts.
    private const string Columns = $"SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('{LegacyTable.Name}') AND attnum > 0 AND NOT attisdropped";

    public async Task<long?> CountAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);

        var columns = new List<string>();
        await using (var command = new NpgsqlCommand(Columns, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                columns.Add(reader.GetString(0));
            }
        }

        if (!LegacyTable.IsLegacy(columns))
        {
            return null;
        }

        await using var count = new NpgsqlCommand($"SELECT count(*) FROM {LegacyTable.Name}", connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>One streamed pass, because a scan cannot be resumed cheaply by ctid.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT ctid::text, database_id, key, value FROM {LegacyTable.Name}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await LegacyTable.ReadBatchAsync(reader, cancellationToken) is { Count: > 0 } batch)
        {
            yield return batch;
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
