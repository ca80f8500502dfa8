using DumbKv.Application.Maintenance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>Copies a store page by page, and looks at databases that are not the store itself.</summary>
internal static class SqliteCopy
{
    private const int PagesAStep = 1_000;

    /// <summary>How long a statement waits for another process's lock. It says nothing about how long a statement may run.</summary>
    private const int LockWaitSeconds = 5;

    /// <summary>
    /// For reading. A journal beside the file may be hot, left by a process that was killed: SQLite rolls it back before it
    /// reads, which takes write access. Without a journal nothing is ever written.
    /// </summary>
    public static Task<SqliteConnection> OpenToReadAsync(string file, CancellationToken cancellationToken) =>
        OpenAsync(file, HasContent(file + "-journal") ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly, cancellationToken);

    /// <summary>A database in a file that has no name any more, so that nothing of it stays behind, a kill or not.</summary>
    /// <param name="folder">Of the file, for its owner alone. It takes as much room as the copy.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public static async Task<SqliteConnection> OpenTemporaryAsync(string folder, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(string.Empty, SqliteOpenMode.ReadWriteCreate, cancellationToken);
        await RunAsync(connection, $"PRAGMA temp_store_directory = '{folder.Replace("'", "''", StringComparison.Ordinal)}'", cancellationToken);
        return connection;
    }

    public static async Task<SqliteConnection> OpenAsync(string file, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = LockWaitSeconds }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await RunAsync(connection, $"PRAGMA busy_timeout = {LockWaitSeconds * 1_000}", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Copies what one moment's readers see, write-ahead log included, in one read transaction. In a rollback journal's mode
    /// writers wait until the copy is done, so nothing else is done meanwhile.
    /// </summary>
    /// <param name="source">The store.</param>
    /// <param name="target">Is replaced.</param>
    /// <param name="openedAsync">Called once the transaction has begun: what is copied does not change from then on.</param>
    /// <param name="progress">Told how many pages are done.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public static async Task CopyAsync(
        SqliteConnection source, SqliteConnection target, Func<Task> openedAsync, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        await RunAsync(source, "BEGIN", cancellationToken);
        await RunAsync(source, "SELECT count(*) FROM sqlite_master", cancellationToken);
        await openedAsync();

        using (var backup = sqlite3_backup_init(target.Handle, "main", source.Handle, "main"))
        {
            int result;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                result = sqlite3_backup_step(backup, PagesAStep);
                var pages = sqlite3_backup_pagecount(backup);
                progress(new WorkProgress("copying pages", pages - sqlite3_backup_remaining(backup), pages));
            }
            while (result == SQLITE_OK);

            SqliteException.ThrowExceptionForRC(result == SQLITE_DONE ? SQLITE_OK : result, target.Handle);
        }

        await RunAsync(source, "COMMIT", cancellationToken);
    }

    /// <summary>Whether every page and every index is whole.</summary>
    public static async Task<bool> IsWholeAsync(SqliteConnection database, CancellationToken cancellationToken) =>
        await RunAsync(database, "PRAGMA integrity_check", cancellationToken) is "ok";

    /// <summary>
    /// Whether the end of the file is missing, or something was appended to it. SQLite reads missing bytes as zeros, and its integrity check does not look at
    /// the bytes of a value. Call it in a read transaction: the file may not be shortened then.
    /// </summary>
    /// <param name="database">A connection to the file.</param>
    /// <param name="file">Its path.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<bool> IsCutOffAsync(SqliteConnection database, string file, CancellationToken cancellationToken)
    {
        var pages = (long)(await RunAsync(database, "PRAGMA page_count", cancellationToken))!;
        var pageSize = (long)(await RunAsync(database, "PRAGMA page_size", cancellationToken))!;
        var bytes = new FileInfo(file).Length;

        // Pages that are in the WAL need not be in the file.
        return !HasContent(file + "-wal") && (bytes < pages * pageSize || bytes % pageSize != 0);
    }

    /// <summary>Of a database that is not the store itself.</summary>
    public static SqliteKvDbContext CreateContext(SqliteConnection database) =>
        new(new DbContextOptionsBuilder<SqliteKvDbContext>().UseSqlite(database).Options);

    public static async Task<object?> RunAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken, params SqliteParameter[] parameters)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    public static bool HasContent(string file) => new FileInfo(file) is { Exists: true, Length: > 0 };
}
