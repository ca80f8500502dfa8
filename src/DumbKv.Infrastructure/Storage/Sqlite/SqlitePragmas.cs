using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>What every connection needs to be told, for SQLite does not keep it in the file.</summary>
internal sealed class SqlitePragmas(SqliteLocation location) : DbConnectionInterceptor
{
    // FULL: answered means on disk. NORMAL loses the last commits at a power cut when the journal is a WAL.
    // SqliteCheckpoints empties the WAL long before it has 16 MB. This is for when it cannot keep up.
    // What is deleted or replaced is overwritten with zeros: a value that was read once must not be found in the file.
    private const string Always =
        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;";

    // The file remembers that it has a WAL, and no other mode. Mapped memory is not coherent over a network file system.
    private const string WithoutWal = Always + " PRAGMA journal_mode = TRUNCATE; PRAGMA mmap_size = 0;";

    private string Pragmas => location is { IsReadOnly: false, JournalMode: "truncate" } ? WithoutWal : Always;

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }
}
