using DumbKv.Application.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

internal sealed class SqliteProvider(IDbContextFactory<SqliteKvDbContext> contexts, SqliteLocation location, SqliteTurns turns) : IStoreProvider
{
    public string Description => location.ToString();

    public KvDbContext CreateContext() => contexts.CreateDbContext();

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        location.MakeFile();

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (!location.IsMemory)
        {
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }

        await ClearMigrationLockAsync(context, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
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

    public IOriginalStore? Original => location.IsMemory ? null : new SqliteOriginal(location.File);

    public IUpgradeTarget UpgradeTarget => new SqliteUpgradeTarget(contexts, location);

    public Task<bool> HasPendingMigrationsAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>One process has the file, so there is nobody to wait for.</summary>
    public Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken) => Task.FromResult<IAsyncDisposable?>(new NoTurn());

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
