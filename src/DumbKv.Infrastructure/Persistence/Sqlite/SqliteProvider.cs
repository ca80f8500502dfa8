using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

internal sealed class SqliteProvider(IDbContextFactory<SqliteKvDbContext> contexts, SqliteLocation location, SqliteTurns turns) : IStoreProvider
{
    public string Description => location.ToString();

    public KvDbContext CreateContext() => contexts.CreateDbContext();

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        location.MakeFile();

        if (!location.IsMemory)
        {
            await using var context = CreateContext();
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }
    }

    public async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken)
    {
        using var turn = await turns.ToReadAsync(cancellationToken);
        await using var context = CreateContext();
        return await work(context);
    }
}
