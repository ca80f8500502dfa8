using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>What every connection needs to be told, for SQLite does not keep it in the file.</summary>
internal sealed class SqlitePragmas(SqliteLocation location) : DbConnectionInterceptor
{
    // FULL: answered means on disk. NORMAL loses the last commits at a power cut when the journal is a WAL.
    // A WAL of 8 MB in place of 4: pages written again before it is emptied are copied once. Much more of it would fill a small disk.
    private const string Always = "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 2000;";

    // The file remembers that it has a WAL, and no other mode. Mapped memory is not coherent over a network file system.
    private readonly Lazy<string> _pragmas = new(() =>
        location is { IsReadOnly: false, JournalMode: "truncate" } ? $"{Always} PRAGMA journal_mode = TRUNCATE; PRAGMA mmap_size = 0;" : Always);

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = _pragmas.Value;
        command.ExecuteNonQuery();
    }
}
