using DumbKv.Application.Maintenance;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>Page by page, by SQLite's own online backup: it sees what one moment's readers see, write-ahead log included.</summary>
internal sealed class SqliteBackup(SqliteLocation location) : IStoreBackup
{
    private const int PagesAStep = 1_000;

    public async Task<long> BackUpAsync(string file, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        if (location.IsMemory || !File.Exists(location.File))
        {
            throw new StartRefusedException(2, $"{location.File} does not exist. Name the store's file in DATABASE_LOCATION.");
        }

        if (File.Exists(file))
        {
            throw new StartRefusedException(1, $"{file} exists. Name a file that does not, for a backup replaces nothing.");
        }

        // A reader of a half-written backup would take it for a whole one.
        var partial = file + ".partial";
        File.Delete(partial);
        try
        {
            await CopyAsync(partial, progress, cancellationToken);
            await CheckAsync(partial, cancellationToken);
            File.Move(partial, file, overwrite: false);
        }
        finally
        {
            File.Delete(partial);
            File.Delete(partial + "-journal");
        }

        return new FileInfo(file).Length;
    }

    private async Task CopyAsync(string partial, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        await using var source = await OpenAsync(location.File, SqliteOpenMode.ReadOnly, cancellationToken);
        await using var target = await OpenAsync(partial, SqliteOpenMode.ReadWriteCreate, cancellationToken);

        // From here on the source stands still for this connection, however long the copy takes.
        await RunAsync(source, "BEGIN", cancellationToken);
        await RunAsync(source, "SELECT count(*) FROM sqlite_master", cancellationToken);

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

        // The copy is one file: a write-ahead log beside it would be forgotten when it is moved.
        await RunAsync(target, "PRAGMA journal_mode = DELETE", cancellationToken);
    }

    private static async Task CheckAsync(string partial, CancellationToken cancellationToken)
    {
        await using var copy = await OpenAsync(partial, SqliteOpenMode.ReadOnly, cancellationToken);
        if (await RunAsync(copy, "PRAGMA integrity_check", cancellationToken) is not "ok")
        {
            throw new StartRefusedException(1, "The store is damaged, and so would its copy be: nothing was kept. Run dumbkv check, and restore an earlier backup.");
        }
    }

    private static async Task<SqliteConnection> OpenAsync(string file, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 30 }.ToString());
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task<object?> RunAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
