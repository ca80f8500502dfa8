using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>A SQLite file outside of requests: its creation, journal mode, migrations, size and lock.</summary>
internal sealed partial class SqliteDatabase(
    IDbContextFactory<SqliteKvDbContext> contexts,
    SqliteLocation location,
    SqliteFileLock fileLock,
    SqliteWriteLock writeLock,
    SqliteSnapshot snapshot,
    DatabaseOptions options,
    ILogger<SqliteDatabase> logger) : IDatabase
{
    public string Description => location.ToString();

    public bool Exists()
    {
        if (location.IsMemory)
        {
            return false;
        }

        SqliteLocation.ThrowIfNotFile(location.RealFile, $"{location.Setting}: {location.File}");
        RestoreMarker.ThrowIfPresent(location);
        return File.Exists(location.File);
    }

    /// <summary>A context for the snapshot, if a check has taken one.</summary>
    public KvDbContext CreateContext() => snapshot.CreateContext() ?? contexts.CreateDbContext();

    /// <summary>The size of the pages in use. Free pages are filled before the file grows.</summary>
    public Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) => context.Database.ScalarAsync<long>(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size", cancellationToken);

    public long? MeasureWalBytes() => location.JournalMode == SqliteJournalMode.Wal && new FileInfo(location.RealFile + "-wal") is { Exists: true } wal ? wal.Length : null;

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        location.MakeFile();
        WarnOfFilesOpenToAll();
        await SetJournalModeAsync(cancellationToken);

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.OpenConnectionAsync(cancellationToken);
        if ((await SchemaCheck.RefuseNewerAsync(context, Description, cancellationToken)).State == SchemaState.Current)
        {
            return; // EF Core would compare its models first, which takes a tenth of a second.
        }

        await ClearMigrationLockAsync(context, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
    }

    /// <summary>Runs first, because EF Core turns WAL on in a database that it creates. The mode is stored in the file.</summary>
    private async Task SetJournalModeAsync(CancellationToken cancellationToken)
    {
        if (location.IsMemory)
        {
            return;
        }

        try
        {
            ThrowIfNoWal();
            await ConvertAsync(cancellationToken);
        }
        catch (SqliteException exception) when (location is { JournalMode: SqliteJournalMode.Wal, ChoosesJournalMode: true } && HasNoSharedMemory(exception))
        {
            LogFallsBack(location.File, exception.Message);
            location.FallBackToTruncate();
            ThrowIfNoWal();
            await ConvertAsync(cancellationToken);
        }
    }

    /// <summary>Litestream replicates the WAL. Without one it would replicate nothing, and the operator would notice too late.</summary>
    private void ThrowIfNoWal()
    {
        if (!location.Checkpoints && location.JournalMode != SqliteJournalMode.Wal)
        {
            throw StartRefusedException.ForSetting(
                "SQLITE_CHECKPOINTS", $"off is for a store with a write-ahead log, and {location.File} has the journal mode {location.JournalModeName}. Move it to a local file system and unset SQLITE_JOURNAL, or unset SQLITE_CHECKPOINTS.");
        }
    }

    /// <summary>
    /// Uses its own connection. If the file should leave WAL mode, and a kill or a copy from another disk has left a WAL beside it, the
    /// connection locks the file exclusively. SQLite then reads the WAL without shared memory, which this file system may not
    /// support.
    /// </summary>
    private async Task ConvertAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"{location.ConnectionString};Pooling=false");
        await connection.OpenAsync(cancellationToken);
        if (location.JournalMode == SqliteJournalMode.Truncate)
        {
            await RunAsync("PRAGMA locking_mode = EXCLUSIVE");
        }

        // If SQLite cannot change the mode, it returns the present one.
        await RunAsync("PRAGMA synchronous = FULL");
        var mode = await RunAsync($"PRAGMA journal_mode = {location.JournalModeName}") as string;
        if (mode != location.JournalModeName)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"The journal mode of {location.File} could not be changed from {mode} to {location.JournalModeName}: another program has the file open, or the disk does not support the mode. See SQLITE_JOURNAL.");
        }

        if (!location.Checkpoints)
        {
            _ = sqlite3_db_config(connection.Handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        }

        // Only a transaction shows whether a WAL works on this file system.
        await RunAsync("BEGIN IMMEDIATE");
        await RunAsync("ROLLBACK");

        async Task<object?> RunAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            try
            {
                return await command.ExecuteScalarAsync(cancellationToken);
            }
            catch (SqliteException exception) when (location.JournalMode == SqliteJournalMode.Truncate && SqliteErrors.CauseOf(exception) is SqliteFailure.Locked)
            {
                throw new StartRefusedException(
                    StartRefusal.UnusableStore, $"{location.File} cannot be used with the journal mode {location.JournalModeName}: another program has it open. Stop that program and start again.");
            }
        }
    }

    private static bool HasNoSharedMemory(SqliteException exception) =>
        exception.SqliteErrorCode is SQLITE_CANTOPEN or SQLITE_READONLY
        || exception.SqliteExtendedErrorCode is SQLITE_IOERR_SHMOPEN or SQLITE_IOERR_SHMSIZE or SQLITE_IOERR_SHMLOCK or SQLITE_IOERR_SHMMAP;

    private void WarnOfFilesOpenToAll()
    {
        if (location.FilesOpenToAll.ToList() is { Count: > 0 } files)
        {
            LogOpenToAll(string.Join(' ', files.Select(ShellText.Quote)));
        }
    }

    /// <summary>
    /// EF Core's lock is a row. A kill during a migration leaves it there, and the next start would wait for it indefinitely
    /// (dotnet/efcore#38958). This process holds the file lock, so the process that inserted the row has ended.
    /// </summary>
    private static async Task ClearMigrationLockAsync(SqliteKvDbContext context, CancellationToken cancellationToken)
    {
        if (await context.Database.ScalarAsync<long>("SELECT count(*) FROM sqlite_master WHERE name = '__EFMigrationsLock'", cancellationToken) == 1)
        {
            await context.Database.ExecuteSqlRawAsync("DELETE FROM __EFMigrationsLock", cancellationToken);
        }
    }

    public bool IsWorthAnotherTry(Exception exception) => false;

    public StartRefusedException? RefusalFor(Exception exception) =>
        SqliteErrors.Explain(exception, location.File) is { } text ? new StartRefusedException(StartRefusal.UnusableStore, text) : null;

    public Task<bool> NeedsLockAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>The lock is held until the process ends.</summary>
    public Task<IAsyncDisposable?> TryAcquireLockAsync(CancellationToken cancellationToken)
    {
        location.MakeFolder();
        var isTaken = fileLock.TryAcquire();

        // Checked at each attempt, because the file can be replaced while this process waits.
        location.ThrowIfShared();
        if (isTaken)
        {
            RestoreMarker.ThrowIfPresent(location);
        }

        return Task.FromResult<IAsyncDisposable?>(isTaken ? new HeldForLife() : null);
    }

    public string LockHolder => $"another process uses {location.File}";

    public (TimeSpan After, StartRefusedException Refusal)? LockPatience => (options.LockWait, new StartRefusedException(
        StartRefusal.UnusableStore,
        string.Create(CultureInfo.InvariantCulture, $"{location.File} is in use: another process still held {fileLock.File} after {options.LockWait.TotalSeconds:0} s. ")
        + "Stop it, or name another file in DATABASE_LOCATION. LOCK_WAIT_SECONDS sets how long to wait."));

    public async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken)
    {
        using var held = await writeLock.AcquireForReadAsync(cancellationToken);
        await using var context = CreateContext();
        return await work(context);
    }

    [LoggerMessage(LogLevel.Warning, "{File} is used with SQLITE_JOURNAL=truncate, because its file system does not support the shared memory of a write-ahead log. SQLite says: {Reason}")]
    private partial void LogFallsBack(string file, string reason);

    [LoggerMessage(LogLevel.Warning, "Every user of this machine can open the store's files. Run: chmod o-rw {Files}")]
    private partial void LogOpenToAll(string files);

    private sealed class HeldForLife : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

internal sealed class SqliteKvDbContext(DbContextOptions<SqliteKvDbContext> options) : KvDbContext(options)
{
    public override string CountMigrationTables => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'";
}

/// <summary>A context without a database, for its model: for <c>dotnet ef</c>, and for the start.</summary>
internal sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteKvDbContext>
{
    public SqliteKvDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteKvDbContext>().UseSqlite("Data Source=:memory:").Options);
}

/// <summary>The settings of each connection. SQLite does not store them in the file.</summary>
internal sealed class SqlitePragmas(SqliteLocation location) : DbConnectionInterceptor
{
    private const string WithoutCheckpoints = Always + " PRAGMA wal_autocheckpoint = 0;";

    // synchronous: with NORMAL and a WAL, a power cut loses the last commits.
    // wal_autocheckpoint: SqliteCheckpointer empties the WAL long before it has 16 MB. This applies if it cannot keep up.
    // secure_delete: deleted and replaced values are overwritten with zeros, so that they cannot be recovered from the file.
    private const string Always =
        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;";

    // The file stores only WAL mode, so each connection sets another mode. Mapped memory is not coherent over a network file system.
    private const string WithoutWal = Always + " PRAGMA journal_mode = TRUNCATE; PRAGMA mmap_size = 0;";

    private string Pragmas => !location.Checkpoints ? WithoutCheckpoints : location is { IsReadOnly: false, JournalMode: SqliteJournalMode.Truncate } ? WithoutWal : Always;

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
        if (!location.Checkpoints)
        {
            // Otherwise the last connection that is closed copies the WAL into the file and deletes it.
            _ = sqlite3_db_config(((SqliteConnection)connection).Handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        }
    }
}
