using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

internal sealed class SqliteProvider(
    IDbContextFactory<SqliteKvDbContext> contexts,
    SqliteLocation location,
    SqliteInstanceLock instance,
    SqliteTurns turns,
    SqliteSnapshot snapshot,
    DatabaseOptions options) : IStoreProvider
{
    public string Description => location.ToString();

    public bool Exists()
    {
        RestoreMarker.ThrowIfPresent(location);
        return !location.IsMemory && File.Exists(location.File);
    }

    /// <summary>Of the snapshot where a check has taken one.</summary>
    public KvDbContext CreateContext() => snapshot.CreateContext() ?? contexts.CreateDbContext();

    /// <summary>Pages in use: those of the free list are filled before the file grows.</summary>
    public async Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) =>
        (await context.Database.SqlQueryRaw<long>(
            "SELECT (page_count - freelist_count) * page_size AS \"Value\" FROM pragma_page_count, pragma_freelist_count, pragma_page_size").ToListAsync(cancellationToken))[0];

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        location.MakeFile();

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.OpenConnectionAsync(cancellationToken);
        await SetJournalModeAsync(context, cancellationToken);
        await SchemaCheck.RefuseNewerAsync(context, Description, cancellationToken);
        await ClearMigrationLockAsync(context, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
    }

    /// <summary>Before anything else: EF Core turns WAL on by itself in a database that it creates. The mode stays in the file.</summary>
    private async Task SetJournalModeAsync(SqliteKvDbContext context, CancellationToken cancellationToken)
    {
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"PRAGMA journal_mode = {location.JournalMode}";
        var mode = await command.ExecuteScalarAsync(cancellationToken) as string;

        // SQLite answers with the mode that it has where it cannot change it.
        if (mode != location.JournalMode)
        {
            throw new StartRefusedException(
                1, $"{location.File} is to be used with the journal mode {location.JournalMode} and stays in {mode}: another program has it open, or the disk cannot do it. See SQLITE_JOURNAL.");
        }
    }

    /// <summary>
    /// EF Core's lock is a row, which a kill during a migration leaves behind, and the next start would wait for it for ever
    /// (dotnet/efcore#38958). One process has the file, so whoever held it is gone.
    /// </summary>
    private static async Task ClearMigrationLockAsync(SqliteKvDbContext context, CancellationToken cancellationToken)
    {
        var tables = await context.Database
            .SqlQueryRaw<long>("SELECT count(*) AS \"Value\" FROM sqlite_master WHERE name = '__EFMigrationsLock'").ToListAsync(cancellationToken);
        if (tables is [1])
        {
            await context.Database.ExecuteSqlRawAsync("DELETE FROM __EFMigrationsLock", cancellationToken);
        }
    }

    public bool IsWorthAnotherTry(Exception exception) => false;

    public StartRefusedException? RefusalFor(Exception exception) =>
        SqliteErrors.Explain(exception, location.File) is { } text ? new StartRefusedException(1, text) : null;

    public IOriginalStore? Original => location.IsMemory ? null : new SqliteOriginal(location.File);

    public IUpgradeTarget UpgradeTarget => new SqliteUpgradeTarget(contexts, location);

    public Task<bool> NeedsTurnAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Kept for life: one process has the file.</summary>
    public Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken)
    {
        location.MakeFolder();
        if (!instance.TryTake())
        {
            return Task.FromResult<IAsyncDisposable?>(null);
        }

        RestoreMarker.ThrowIfPresent(location);
        return Task.FromResult<IAsyncDisposable?>(new NoTurn());
    }

    public string TurnHolder => $"another process uses {location.File}";

    public (TimeSpan After, StartRefusedException Refusal)? TurnPatience => (options.LockWait, new StartRefusedException(
        1,
        string.Create(CultureInfo.InvariantCulture, $"{location.File} is in use: another process still held {instance.File} after {options.LockWait.TotalSeconds:0} s. ")
        + "Stop it, or name another file in DATABASE_LOCATION. LOCK_WAIT_SECONDS sets how long to wait."));

    public async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToReadAsync(cancellationToken);
        await using var context = CreateContext();
        return await work(context);
    }

    private sealed class NoTurn : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
