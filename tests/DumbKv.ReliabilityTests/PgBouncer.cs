using System.Diagnostics;
using Npgsql;

namespace DumbKv.ReliabilityTests;

/// <summary>A PgBouncer in transaction mode in front of a separate cluster. It keeps two connections to it.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";

    private readonly DirectoryInfo _folder;
    private readonly Process _process;

    private PgBouncer(DirectoryInfo folder, Process process, string location) => (_folder, _process, Location) = (folder, process, location);

    /// <summary>DATABASE_LOCATION.</summary>
    public string Location { get; }

    public static async Task<PgBouncer> StartAsync(LocalPostgres postgres)
    {
        if (!File.Exists(Program))
        {
            Assert.Ignore("Needs PgBouncer on this machine.");
        }

        var folder = Directory.CreateTempSubdirectory("dumbkv-pgbouncer-");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        var server = new NpgsqlConnectionStringBuilder(postgres.ConnectionString());
        var port = LocalPostgres.FreePort();
        var users = Path.Combine(folder.FullName, "users");
        await File.WriteAllTextAsync(users, $"\"{server.Username}\" \"{server.Password}\"\n");
        var settings = Path.Combine(folder.FullName, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings, $"""
            [databases]
            postgres = host=127.0.0.1 port={postgres.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = 2
            """);

        var process = Process.Start(LocalPostgres.AsOrdinaryUser(Program, "-q", settings))!;
        var location = $"{postgres.ConnectionString()};Port={port};Max Auto Prepare=0;No Reset On Close=true";
        var bouncer = new PgBouncer(folder, process, location);
        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                return await bouncer.ExecuteAsync("SELECT 1") is 1;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
        return bouncer;
    }

    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{Location};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
