using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>
/// The server's queries about Citus, on PostgreSQL without it, because <see cref="CitusTests"/> needs a cluster. Here the catalog has
/// the tables and rows of a Citus node that the server reads.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class CitusCatalogTests
{
    public CitusCatalogTests(StoreKind kind) => kind.Should().Be(StoreKind.Postgres);

    [Test]
    public async Task A_worker_is_recognized_by_its_group_and_refused()
    {
        await using var postgres = await LocalAsync("-c", "allow_system_table_mods=on");
        await using var store = TestStore.In(postgres.ConnectionString());
        await postgres.ExecuteAsync("CREATE TABLE pg_catalog.pg_dist_local_group (groupid int)", "INSERT INTO pg_catalog.pg_dist_local_group VALUES (1)");

        var run = await CommandRun.WithAsync(store, [("LOG_LEVEL", "Error")]);

        run.ExitCode.Should().Be(2, run.Output);
        run.Output.Should().StartWith("DATABASE_LOCATION: ").And.Contain("is on a worker of a Citus cluster. Name the cluster's coordinator instead.");
    }

    [Test]
    public async Task The_coordinator_is_not_refused()
    {
        await using var postgres = await LocalAsync("-c", "allow_system_table_mods=on");
        await using var store = TestStore.In(postgres.ConnectionString());
        await postgres.ExecuteAsync("CREATE TABLE pg_catalog.pg_dist_local_group (groupid int)", "INSERT INTO pg_catalog.pg_dist_local_group VALUES (0)");

        await using var server = await TestServer.StartAsync(store);

        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).IsSuccessStatusCode.Should().BeTrue();
    }

    [Test]
    public async Task PostgreSQL_without_Citus_logs_no_error()
    {
        await using var postgres = await LocalAsync("-c", "log_statement=all", "-c", "log_line_prefix=");
        await using var store = TestStore.In(postgres.ConnectionString());
        await using (await TestServer.StartAsync(store))
        {
        }

        var from = postgres.Log.Length;
        await using var server = await TestServer.StartAsync(store);
        await Eventually.HoldsAsync(() => Array.Exists(postgres.Log[from..], line => line.Contains("pg_total_relation_size", StringComparison.Ordinal)));
        await postgres.StopAsync(); // After this the log is complete.

        postgres.Log[from..].Should().NotContain(line => line.StartsWith("ERROR", StringComparison.Ordinal));
    }

    private static async Task<LocalPostgres> LocalAsync(params string[] options)
    {
        if (LocalPostgres.FindBinaries() is not { } binaries)
        {
            Assert.Ignore("Needs PostgreSQL's own binaries on this machine.");
            throw new InvalidOperationException();
        }

        return await LocalPostgres.StartAsync(binaries, options);
    }
}
