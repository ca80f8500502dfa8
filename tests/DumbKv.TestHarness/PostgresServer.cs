using DumbKv.Infrastructure.Storage.Postgres;
using Testcontainers.PostgreSql;

namespace DumbKv.TestHarness;

/// <summary>
/// The PostgreSQL server of a test run: the one that DUMBKV_TEST_POSTGRES names, else one started from the machine's binaries, else a
/// container.
/// </summary>
public sealed class PostgresServer
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(FindAsync);

    private readonly Func<Task> _stop;

    private PostgresServer(string connectionString, Func<PostgresServer, Task> stop)
    {
        ConnectionString = connectionString;
        _stop = () => stop(this);
    }

    /// <summary>The connection string of a database that tests do not change.</summary>
    public string ConnectionString { get; }

    /// <summary>The server that all tests of this process share.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Call it after the last test.</summary>
    public static async Task StopSharedAsync()
    {
        if (Shared.IsValueCreated && Shared.Value.IsCompletedSuccessfully)
        {
            await (await Shared.Value)._stop();
        }
    }

    private static async Task<PostgresServer> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("DUMBKV_TEST_POSTGRES") is { Length: > 0 } location)
        {
            return new PostgresServer(PostgresLocation.Parse(location).ConnectionString, TestDatabase.DropAllAsync);
        }

        if (LocalPostgres.FindBinaries() is { } binaries)
        {
            var local = await LocalPostgres.StartAsync(binaries, "-c", "fsync=off");
            return new PostgresServer(local.ConnectionString(), _ => local.DisposeAsync().AsTask());
        }

        try
        {
            var container = new PostgreSqlBuilder("postgres:17").Build();
            await container.StartAsync();
            return new PostgresServer(container.GetConnectionString(), _ => container.DisposeAsync().AsTask());
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                "No PostgreSQL for the tests. Install it (apt-get install postgresql), or set DUMBKV_TEST_POSTGRES to a server's URL, "
                + "or start Docker, or leave it out: ./test.sh --sqlite-only",
                exception);
        }
    }
}
