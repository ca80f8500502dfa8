using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// What is different on a database that Citus distributes. Plain PostgreSQL has none of Citus's tables and functions, so each
/// question asks first whether they exist: a statement that names a missing one would fail.
/// </summary>
internal static class Citus
{
    private const string HasNodes = "SELECT to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL AS \"Value\"";

    // The coordinator is group 0. Citus grants this table to every role.
    private const string IsOfAnotherGroup = "SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_local_group WHERE groupid <> 0) AS \"Value\"";

    private const string PlainSize = """
        SELECT CASE WHEN to_regclass('pg_catalog.pg_dist_partition') IS NULL THEN pg_total_relation_size('entries') END AS "Value"
        """;

    // The coordinator's own table is empty once its rows are in shards.
    private const string CitusSize = """
        SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = 'entries'::regclass)
            THEN pg_catalog.citus_total_relation_size('entries') ELSE pg_total_relation_size('entries') END AS "Value"
        """;

    /// <summary>
    /// Whether this is a worker. A store cannot be prepared on one: Citus runs no migration there, and advisory locks and tables that
    /// are not distributed are each node's own.
    /// </summary>
    public static async Task<bool> IsWorkerAsync(KvDbContext context, CancellationToken cancellationToken) =>
        await AskAsync<bool>(context, HasNodes, cancellationToken) && await AskAsync<bool>(context, IsOfAnotherGroup, cancellationToken);

    /// <summary>What the entries take on all nodes. One statement on plain PostgreSQL.</summary>
    public static async Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken) =>
        await AskAsync<long?>(context, PlainSize, cancellationToken) ?? await AskAsync<long>(context, CitusSize, cancellationToken);

    private static async Task<T> AskAsync<T>(KvDbContext context, string sql, CancellationToken cancellationToken) =>
        (await context.Database.SqlQueryRaw<T>(sql).ToListAsync(cancellationToken))[0];
}
