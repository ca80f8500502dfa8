using DumbKv.Application.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

internal sealed class PostgresProvider(IDbContextFactory<PostgresKvDbContext> contexts, PostgresLocation location) : IStoreProvider
{
    /// <summary>A migration may rewrite a large table, and replicas wait for the one that does it.</summary>
    private static readonly TimeSpan MigrationTimeout = TimeSpan.FromMinutes(30);

    public string Description => location.Description;

    public KvDbContext CreateContext() => contexts.CreateDbContext();

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        context.Database.SetCommandTimeout(MigrationTimeout);
        try
        {
            await context.Database.MigrateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw StartRefusedException.ForSetting("DATABASE_LOCATION", $"{location.Description} refuses this user or password.");
        }
    }

    public IOriginalStore Original => new PostgresOriginal(location.ConnectionString);

    public IUpgradeTarget UpgradeTarget => new PostgresUpgradeTarget(contexts);

    public async Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken) =>
        await PostgresTurn.TryTakeAsync(location.ConnectionString, cancellationToken);

    public bool IsWorthAnotherTry(Exception exception) => PostgresErrors.IsWorthAnotherTry(exception);

    public async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        return await work(context);
    }
}
