using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>The original's table in a PostgreSQL database, which is only read.</summary>
internal sealed class PostgresOriginal(string connectionString) : IOriginalStore
{
    // Another table of this name may stand elsewhere on the search path: only the one that a bare name means counts.
    private const string Columns = $"SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('{OriginalTable.Name}') AND attnum > 0 AND NOT attisdropped";

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

        if (!OriginalTable.IsOriginal(columns))
        {
            return null;
        }

        await using var count = new NpgsqlCommand($"SELECT count(*) FROM {OriginalTable.Name}", connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>One pass, streamed: a table has no order along its ctid that could be resumed cheaply.</summary>
    public async IAsyncEnumerable<IReadOnlyList<OriginalRow>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT ctid::text, database_id, key, value FROM {OriginalTable.Name}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await OriginalTable.ReadBatchAsync(reader, cancellationToken) is { Count: > 0 } batch)
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
