using System.Diagnostics;
using DumbKv.Application.Maintenance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>Copies a store page by page, and opens databases that are not the store itself.</summary>
internal static class SqliteCopy
{
    private const int PagesAStep = 1_000;

    /// <summary>How long a transaction or a statement waits for another process's lock. A statement itself can run for longer.</summary>
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(5);

    /// <summary>A server under load releases its lock for less than a millisecond, many times a second.</summary>
    private static readonly TimeSpan LockRetryDelay = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Opens a file to read it. A journal beside the file can be hot, left by a process that was killed. SQLite then rolls it back
    /// before it reads, which needs write access. Without a journal the file is opened read-only.
    /// </summary>
    public static Task<SqliteConnection> OpenToReadAsync(string file, CancellationToken cancellationToken) =>
        OpenAsync(file, HasContent(file + "-journal") ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly, cancellationToken);

    /// <summary>Opens a temporary database in a file without a name, so that nothing is left behind, even after a kill.</summary>
    /// <param name="folder">The folder of the file. It needs as much space as the copy. Only the owner can read the file.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public static async Task<SqliteConnection> OpenTemporaryAsync(string folder, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(string.Empty, SqliteOpenMode.ReadWriteCreate, cancellationToken);
        await RunAsync(connection, $"PRAGMA temp_store_directory = '{folder.Replace("'", "''", StringComparison.Ordinal)}'", cancellationToken);
        return connection;
    }

    public static async Task<SqliteConnection> OpenAsync(string file, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = (int)LockWait.TotalSeconds }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await RunAsync(connection, $"PRAGMA busy_timeout = {(int)LockWait.TotalMilliseconds}", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Copies one consistent state, including the write-ahead log, in one read transaction. With a rollback journal, writers wait until
    /// the copy is done, so it does nothing else.
    /// </summary>
    /// <param name="source">The store.</param>
    /// <param name="target">The database that is replaced.</param>
    /// <param name="openedAsync">Called when the transaction has begun. What is copied does not change from then on.</param>
    /// <param name="progress">Called with the number of pages that are done.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public static async Task CopyAsync(
        SqliteConnection source, SqliteConnection target, Func<Task> openedAsync, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        await BeginReadAsync(source, cancellationToken);
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

    /// <summary>Begins a read transaction and takes its lock. Without a WAL, writers wait from then on.</summary>
    public static Task BeginReadAsync(SqliteConnection connection, CancellationToken cancellationToken) =>
        BeginAsync(connection, "BEGIN; SELECT count(*) FROM sqlite_master", cancellationToken);

    /// <summary>Begins a write transaction and takes its lock.</summary>
    public static Task BeginWriteAsync(SqliteConnection connection, CancellationToken cancellationToken) =>
        BeginAsync(connection, "BEGIN IMMEDIATE", cancellationToken);

    /// <summary>
    /// SQLite's own wait polls every 100 ms. It rarely finds the moment between two transactions of a server under load, and gives up.
    /// </summary>
    private static async Task BeginAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        sqlite3_busy_timeout(connection.Handle, 0);
        try
        {
            int result;
            while ((result = sqlite3_exec(connection.Handle, sql)) != SQLITE_OK)
            {
                var failure = new SqliteException(sqlite3_errmsg(connection.Handle).utf8_to_string(), result & 0xFF, sqlite3_extended_errcode(connection.Handle));
                if (sqlite3_get_autocommit(connection.Handle) == 0)
                {
                    sqlite3_exec(connection.Handle, "ROLLBACK");
                }

                if (SqliteErrors.CauseOf(failure) is not SqliteFailure.Locked || Stopwatch.GetElapsedTime(since) > LockWait)
                {
                    throw failure;
                }

                await Task.Delay(LockRetryDelay, cancellationToken);
            }
        }
        finally
        {
            sqlite3_busy_timeout(connection.Handle, (int)LockWait.TotalMilliseconds);
        }
    }

    /// <summary>Whether all pages and indexes are undamaged.</summary>
    public static async Task<bool> IsWholeAsync(SqliteConnection database, CancellationToken cancellationToken) =>
        await RunAsync(database, "PRAGMA integrity_check", cancellationToken) is "ok";

    /// <summary>
    /// Whether the end of the file is missing, or something was appended to it. SQLite reads missing bytes as zeros, and its integrity
    /// check does not cover the bytes of a value. Call it in a read transaction, so that the file cannot be shortened meanwhile.
    /// </summary>
    /// <param name="database">A connection to the file.</param>
    /// <param name="file">Its path.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<bool> IsCutOffAsync(SqliteConnection database, string file, CancellationToken cancellationToken)
    {
        var pages = (long)(await RunAsync(database, "PRAGMA page_count", cancellationToken))!;
        var pageSize = (long)(await RunAsync(database, "PRAGMA page_size", cancellationToken))!;
        var bytes = new FileInfo(file).Length;

        // Pages that are in the WAL can be missing in the file.
        return !HasContent(file + "-wal") && (bytes < pages * pageSize || bytes % pageSize != 0);
    }

    /// <summary>A context for a database that is not the store itself.</summary>
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
