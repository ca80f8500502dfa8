using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>A PostgreSQL database outside of requests: its migrations, size and lock.</summary>
internal sealed class PostgresDatabase(IDbContextFactory<PostgresKvDbContext> contexts, PostgresLocation location) : IDatabase
{
    /// <summary>A migration can rewrite a large table, and the other replicas wait for it.</summary>
    private static readonly TimeSpan MigrationTimeout = TimeSpan.FromMinutes(30);

    public string Description => location.Description;

    public bool Exists() => true;

    public KvDbContext CreateContext() => contexts.CreateDbContext();

    public Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) => Citus.MeasureBytesAsync(context, cancellationToken);

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        context.Database.SetCommandTimeout(MigrationTimeout);
        if ((await SchemaCheck.RefuseNewerAsync(context, Description, cancellationToken)).State == SchemaState.Current)
        {
            return; // EF Core would compare its models first, which takes a tenth of a second.
        }

        try
        {
            await context.Database.MigrateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName)
        {
            throw await RefusalOfRoleAsync(exception, cancellationToken);
        }
    }

    /// <summary>From PostgreSQL 15 on, only the owner of a database can create tables in its schema public.</summary>
    private async Task<StartRefusedException> RefusalOfRoleAsync(PostgresException exception, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        var role = await context.Database.ScalarAsync<string>("SELECT quote_ident(current_user)", cancellationToken);
        const string SchemaWithoutRight = """
            SELECT quote_ident(coalesce(current_schema(), 'public'))
            WHERE current_schema() IS NULL OR NOT has_schema_privilege(current_schema(), 'CREATE')
            """;

        return await context.Database.ScalarAsync<string>(SchemaWithoutRight, cancellationToken) is { } schema
            ? StartRefusedException.ForSetting(
                "DATABASE_LOCATION",
                $"the role {role} is not allowed to create tables in the schema {schema} of {location.Description}. As the owner of the schema run: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};")
            : Refusal(exception)!;
    }

    public async Task<bool> NeedsLockAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        try
        {
            await RefuseWorkerAsync(context, cancellationToken);
            return (await SchemaCheck.RunAsync(context, cancellationToken)).State is SchemaState.NoStore or SchemaState.Older;
        }
        catch (PostgresException exception) when (Refusal(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    public async Task<IAsyncDisposable?> TryAcquireLockAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        try
        {
            await RefuseWorkerAsync(context, cancellationToken);
            return await PostgresAdvisoryLock.TryAcquireAsync(location.ConnectionString, PostgresAdvisoryLock.Initialization, cancellationToken);
        }
        catch (PostgresException exception) when (Refusal(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    public string LockHolder => "another replica is initializing the store";

    public (TimeSpan After, StartRefusedException Refusal)? LockPatience => null;

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

internal sealed class PostgresKvDbContext(DbContextOptions<PostgresKvDbContext> options) : KvDbContext(options)
{
    public override string CountMigrationTables => """SELECT count(*) FROM pg_class WHERE oid = to_regclass('"__EFMigrationsHistory"')""";
}

/// <summary>A context without a database, for its model: for <c>dotnet ef</c>, and for the start.</summary>
internal sealed class PostgresDesignTimeFactory : IDesignTimeDbContextFactory<PostgresKvDbContext>
{
    public PostgresKvDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresKvDbContext>().UseNpgsql("Host=localhost").Options);
}

/// <summary>
/// The differences of a database that Citus distributes. Plain PostgreSQL does not have Citus's tables and functions, so each query
/// first checks whether they exist: a statement that names a missing one would fail.
/// </summary>
internal static class Citus
{
    private const string HasNodes = "SELECT to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL";

    // The coordinator is group 0. Citus grants this table to every role.
    private const string IsOfAnotherGroup = "SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_local_group WHERE groupid <> 0)";

    private const string PlainSize = """
        SELECT CASE WHEN to_regclass('pg_catalog.pg_dist_partition') IS NULL THEN pg_total_relation_size('entries') END
        """;

    // On the coordinator the local table is empty when its rows are in shards.
    private const string CitusSize = """
        SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = 'entries'::regclass)
            THEN pg_catalog.citus_total_relation_size('entries') ELSE pg_total_relation_size('entries') END
        """;

    /// <summary>
    /// Whether this is a worker. A store cannot be initialized on one: Citus runs no migrations there, and advisory locks and tables
    /// that are not distributed exist on each node separately.
    /// </summary>
    public static async Task<bool> IsWorkerAsync(KvDbContext context, CancellationToken cancellationToken) =>
        await context.Database.ScalarAsync<bool>(HasNodes, cancellationToken) && await context.Database.ScalarAsync<bool>(IsOfAnotherGroup, cancellationToken);

    /// <summary>The size of the entries on all nodes. One statement on plain PostgreSQL.</summary>
    public static async Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) =>
        await context.Database.ScalarAsync<long?>(PlainSize, cancellationToken) ?? await context.Database.ScalarAsync<long>(CitusSize, cancellationToken);
}
