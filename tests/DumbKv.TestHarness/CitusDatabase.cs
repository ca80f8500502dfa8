using System.Globalization;
using DumbKv.Infrastructure.Storage.Postgres;
using Npgsql;

namespace DumbKv.TestHarness;

/// <summary>
/// An empty database on each node of the Citus cluster whose coordinator DUMBKV_TEST_CITUS names. Debian has no package of Citus, so
/// these tests run only if such a cluster exists.
/// </summary>
public sealed class CitusDatabase : IAsyncDisposable
{
    // Citus does not reliably add nodes to two databases at the same time.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private static int _count;

    private readonly string _name;
    private readonly List<string> _nodes;

    private CitusDatabase(string name, List<string> nodes)
    {
        _name = name;
        _nodes = nodes;
    }

    /// <summary>A connection string.</summary>
    public string Coordinator => In(_name, _nodes[0]);

    public IReadOnlyList<string> Workers => [.. _nodes[1..].Select(node => In(_name, node))];

    /// <summary>Ignores the test if there is no cluster.</summary>
    public static async Task<CitusDatabase> CreateAsync()
    {
        if (Environment.GetEnvironmentVariable("DUMBKV_TEST_CITUS") is not { Length: > 0 } location)
        {
            Assert.Ignore("Needs a Citus cluster: set DUMBKV_TEST_CITUS to the URL of a database on its coordinator, with a superuser's name.");
            throw new InvalidOperationException();
        }

        await OneAtATime.WaitAsync();
        try
        {
            return await CreateAsync(location);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static async Task<CitusDatabase> CreateAsync(string location)
    {
        var coordinator = PostgresLocation.Parse(location).ConnectionString;
        var workers = await AskAsync(coordinator, "SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid <> 0 AND noderole = 'primary' ORDER BY groupid");
        var database = new CitusDatabase(
            string.Create(CultureInfo.InvariantCulture, $"dumbkv_test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}"),
            [coordinator, .. workers.Select(worker => At(worker, coordinator))]);

        foreach (var node in database._nodes)
        {
            await AskAsync(node, $"CREATE DATABASE {database._name}");
            await AskAsync(In(database._name, node), "CREATE EXTENSION citus");
        }

        // The workers connect to the coordinator at this address.
        var self = (await AskAsync(coordinator, "SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid = 0 AND noderole = 'primary'"))[0];
        await AskAsync(database.Coordinator, $"SELECT citus_set_coordinator_host('{self.Split(':')[0]}', {self.Split(':')[1]})");
        foreach (var worker in workers)
        {
            await AskAsync(database.Coordinator, $"SELECT citus_add_node('{worker.Split(':')[0]}', {worker.Split(':')[1]})");
        }

        return database;
    }

    /// <summary>Distributes the table as an operator does, after the first server has created the schema.</summary>
    public async Task DistributeAsync()
    {
        await AskAsync(Coordinator, "SELECT create_distributed_table('entries', 'lookup')");
        await AskAsync(Coordinator, "SELECT truncate_local_data_after_distributing_table('entries')");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await AskAsync(node, $"DROP DATABASE {_name} WITH (FORCE)");
        }
    }

    private static string In(string database, string node) => new NpgsqlConnectionStringBuilder(node) { Database = database }.ConnectionString;

    private static string At(string worker, string coordinator) => new NpgsqlConnectionStringBuilder(coordinator)
    {
        Host = worker.Split(':')[0],
        Port = int.Parse(worker.Split(':')[1], CultureInfo.InvariantCulture),
    }.ConnectionString;

    private static async Task<List<string>> AskAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false;Command Timeout=60");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var answers = new List<string>();
        while (await reader.ReadAsync())
        {
            answers.Add($"{reader.GetValue(0)}");
        }

        return answers;
    }
}
