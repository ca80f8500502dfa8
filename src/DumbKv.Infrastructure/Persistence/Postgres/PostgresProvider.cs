using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

internal sealed class PostgresProvider(IDbContextFactory<PostgresKvDbContext> contexts, PostgresLocation location) : IStoreProvider
{
    /// <summary>A migration may rewrite a large table, and replicas wait for the one that does it.</summary>
    private static readonly TimeSpan MigrationTimeout = TimeSpan.FromMinutes(30);

    public string Description => location.Description;

    public bool Exists() => true;

    public KvDbContext CreateContext() => contexts.CreateDbContext();

    public Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) => Citus.MeasureBytesAsync(context, cancellationToken);

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        context.Database.SetCommandTimeout(MigrationTimeout);
        await SchemaCheck.RefuseNewerAsync(context, Description, cancellationToken);
        try
        {
            await context.Database.MigrateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName)
        {
            throw await RefusalOfRoleAsync(exception, cancellationToken);
        }
    }

    /// <summary>PostgreSQL 15 and later let only a database's owner create tables in its schema public.</summary>
    private async Task<StartRefusedException> RefusalOfRoleAsync(PostgresException exception, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        var role = (await context.Database.SqlQuery<string>($"""SELECT quote_ident(current_user) AS "Value" """).ToListAsync(cancellationToken)).Single();
        var schemas = await context.Database.SqlQuery<string>(
            $"""
            SELECT quote_ident(coalesce(current_schema(), 'public')) AS "Value"
            WHERE current_schema() IS NULL OR NOT has_schema_privilege(current_schema(), 'CREATE')
            """).ToListAsync(cancellationToken);

        return schemas is [var schema]
            ? StartRefusedException.ForSetting(
                "DATABASE_LOCATION",
                $"the role {role} may not create tables in the schema {schema} of {location.Description}. As the owner of the schema run: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};")
            : Refusal(exception)!;
    }

    public IOriginalStore Original => new PostgresOriginal(location.ConnectionString);

    public IUpgradeTarget UpgradeTarget => new PostgresUpgradeTarget(contexts);

    public async Task<bool> NeedsTurnAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        try
        {
            await RefuseWorkerAsync(context, cancellationToken);
            return (await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any();
        }
        catch (PostgresException exception) when (Refusal(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    public async Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        try
        {
            await RefuseWorkerAsync(context, cancellationToken);
            return await PostgresTurn.TryTakeAsync(location.ConnectionString, cancellationToken);
        }
        catch (PostgresException exception) when (Refusal(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    public string TurnHolder => "another replica prepares the store";

    public (TimeSpan After, StartRefusedException Refusal)? TurnPatience => null;

    private async Task RefuseWorkerAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        if (await Citus.IsWorkerAsync(context, cancellationToken))
        {
            throw StartRefusedException.ForSetting(
                "DATABASE_LOCATION", $"{location.Description} is on a worker of a Citus cluster. Name the cluster's coordinator instead.");
        }
    }

    private StartRefusedException? Refusal(PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            StartRefusedException.ForSetting("DATABASE_LOCATION", $"{location.Description} refuses this user or password."),
        PostgresErrorCodes.InvalidCatalogName => StartRefusedException.ForSetting(
            "DATABASE_LOCATION", $"{location.Description} does not exist. Create it, for example with createdb, or name another."),
        PostgresErrorCodes.InsufficientPrivilege => StartRefusedException.ForSetting(
            "DATABASE_LOCATION", $"{location.Description} refuses this role: {exception.MessageText}. Connect as the role that owns the tables, or have it grant this role its rights."),
        _ => null,
    };

    public StartRefusedException? RefusalFor(Exception exception) => exception is PostgresException postgres ? Refusal(postgres) : null;

    public bool IsWorthAnotherTry(Exception exception) => PostgresErrors.IsWorthAnotherStart(exception);

    public async Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        return await work(context);
    }
}
