using System.Globalization;
using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>The original's table in a SQLite file, which is only read. If the original was killed, SQLite rolls back its unfinished transaction.</summary>
internal sealed class SqliteLegacyStore(string file) : ILegacyStore
{
    public async Task<long?> CountAsync(CancellationToken cancellationToken)
    {
        if (file == SqliteLocation.Memory)
        {
            return null;
        }

        try
        {
            return await CountRowsAsync(cancellationToken);
        }
        catch (SqliteException exception) when (SqliteErrors.Explain(exception, file) is { } text)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, text);
        }
    }

    private async Task<long?> CountRowsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);

        var columns = new List<string>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"SELECT name FROM pragma_table_info('{LegacyTable.Name}')";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                columns.Add(reader.GetString(0));
            }
        }

        if (!LegacyTable.IsLegacy(columns))
        {
            return null;
        }

        await using var count = connection.CreateCommand();
        count.CommandText = $"SELECT count(*) FROM {LegacyTable.Name}";
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Reads batch by batch along the rowid, so that no read transaction keeps the WAL from shrinking while rows are removed.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var from = long.MinValue;

        while (await ReadBatchAsync(connection, from, cancellationToken) is { Count: > 0 } batch)
        {
            yield return batch;

            var last = long.Parse(batch[^1].Place, CultureInfo.InvariantCulture);
            if (last == long.MaxValue)
            {
                yield break;
            }

            from = last + 1;
        }
    }

    private static async Task<List<LegacyRow>> ReadBatchAsync(SqliteConnection connection, long from, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT rowid, database_id, key, value FROM {LegacyTable.Name} WHERE rowid >= $from ORDER BY rowid";
        command.Parameters.AddWithValue("$from", from);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await LegacyTable.ReadBatchAsync(reader, cancellationToken);
    }

    private Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken) => SqliteCopy.OpenToReadAsync(file, cancellationToken);
}
