using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using Respawn;

namespace DumbKv.TestHarness;

/// <summary>An empty PostgreSQL database. Finished tests return theirs, and Respawn empties it: creating a new one costs more.</summary>
public sealed class TestDatabase
{
    private static readonly ConcurrentBag<TestDatabase> Free = [];
    private static readonly ConcurrentBag<string> Created = [];
    private static int _count;
    private bool _isForAll;

    private TestDatabase(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    /// <summary>A database without entries. It can already have a schema.</summary>
    public static async Task<TestDatabase> RentAsync()
    {
        var database = Free.TryTake(out var free) ? free : await CreateAsync();
        database._isForAll = true;
        return database;
    }

    /// <summary>A database with nothing in it, which is not reused. A test can change its schema.</summary>
    public static async Task<TestDatabase> CreateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"dumbkv_test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");
        await ExecuteAsync(server.ConnectionString, $"CREATE DATABASE {name}");
        Created.Add(name);

        return new TestDatabase(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString);
    }

    /// <summary>An existing database, which its creator also removes.</summary>
    internal static TestDatabase At(string connectionString) => new(connectionString);

    public async Task ReturnAsync()
    {
        if (!_isForAll)
        {
            return;
        }

        await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
        await connection.OpenAsync();
        // A server would import this table as the original's, and then drop it.
        await using (var drop = new NpgsqlCommand("DROP TABLE IF EXISTS kv", connection))
        {
            await drop.ExecuteNonQueryAsync();
        }

        await using var count = new NpgsqlCommand("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace", connection);
        if (await count.ExecuteScalarAsync() is 0L)
        {
            return; // It was not used.
        }

        var respawner = await Respawner.CreateAsync(connection, new RespawnerOptions
        {
            DbAdapter = DbAdapter.Postgres,
            SchemasToInclude = ["public"],
            TablesToIgnore = ["__EFMigrationsHistory"],
        });
        await respawner.ResetAsync(connection);
        Free.Add(this);
    }

    /// <summary>Removes the databases from a server that was not started by the tests.</summary>
    internal static async Task DropAllAsync(PostgresServer server)
    {
        foreach (var name in Created)
        {
            await ExecuteAsync(server.ConnectionString, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
