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

        await using var context = CreateContext();
        if (!location.IsMemory)
        {
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }

        await context.Database.MigrateAsync(cancellationToken);
    }

    public bool IsWorthAnotherTry(Exception exception) => false;

    public IOriginalStore? Original => location.IsMemory ? null : new SqliteOriginal(location.File);

    public IUpgradeTarget UpgradeTarget => new SqliteUpgradeTarget(contexts, location);

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
