using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace DumbKv.TestHarness;

/// <summary>
/// A PostgreSQL cluster for tests, from the machine's binaries, in a temporary folder and on a free loopback port. PostgreSQL does not
/// run as root, so if the tests do, it runs as an unprivileged user.
/// </summary>
public sealed class LocalPostgres : IAsyncDisposable
{
    // Stops the server when standard input closes, which also happens when this process is killed.
    private const string Leash = """ "$0" "$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server """;

    private readonly string _binaries;
    private readonly string _folder;
    private readonly string[] _options;
    private string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _server;

    private LocalPostgres(string binaries, string folder, string[] options)
    {
        _binaries = binaries;
        _folder = folder;
        _options = options;
        Port = FreePort();
    }

    public int Port { get; }

    /// <summary>The server's log so far.</summary>
    public string[] Log => [.. _log];

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The newest installed version. Null if there is none.</summary>
    public static string? FindBinaries()
    {
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => version, StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
            : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);

        return debian.Concat(onPath).FirstOrDefault(folder => IsThere(Path.Combine(folder, "initdb")) && IsThere(Path.Combine(folder, "postgres")));

        // A link to an uninstalled program still counts as an existing file.
        static bool IsThere(string program) => File.Exists(program) && File.ResolveLinkTarget(program, returnFinalTarget: true) is not { Exists: false };
    }

    public static async Task<LocalPostgres> StartAsync(string binaries, params string[] options)
    {
        var folder = (await RunAsync("mktemp", "-d", "/tmp/dumbkv-postgres-XXXXXX")).Trim();
        var cluster = new LocalPostgres(binaries, folder, options);
        await cluster.InitializeAsync();
        await cluster.StartAsync();
        return cluster;
    }

    /// <summary>Creates a standby of this server with pg_basebackup, and starts it.</summary>
    public async Task<LocalPostgres> StartStandbyAsync()
    {
        var folder = (await RunAsync("mktemp", "-d", "/tmp/dumbkv-postgres-XXXXXX")).Trim();
        var standby = new LocalPostgres(_binaries, folder, _options) { _password = _password };
        var source = $"host=127.0.0.1 port={Port} user=dumbkv password={_password}";
        await RunAsync(Path.Combine(_binaries, "pg_basebackup"), "-d", source, "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync");
        await standby.StartAsync();
        return standby;
    }

    /// <summary>
    /// A port that nothing listens on at the moment. It is below the range from which the system takes the ports of outgoing connections
    /// and of listeners on port 0, so none of them takes it before the caller listens on it.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(10_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Any, port);
                listener.Start();
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another port is tried.
            }
        }
    }

    /// <summary>Makes the server confirm a write only after these standbys have it on disk.</summary>
    public Task RequireStandbysAsync(string names) => ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()");

    /// <summary>
    /// Call it after <see cref="RequireStandbysAsync"/> with standbys that are not running. The processes of PostgreSQL apply a setting one
    /// after another, and a commit waits only once the checkpointer has applied it.
    /// </summary>
    public async Task UntilCommitsWaitAsync()
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString()};Pooling=false");
        await connection.OpenAsync();

        // After two seconds Npgsql cancels the wait, and PostgreSQL reports success with a warning. Only the duration shows that it waited.
        await using var commit = new NpgsqlCommand("SELECT pg_logical_emit_message(true, 'dumbkv', '')", connection) { CommandTimeout = 2 };
        Stopwatch watch;
        do
        {
            watch = Stopwatch.StartNew();
            await commit.ExecuteNonQueryAsync();
        }
        while (watch.Elapsed < TimeSpan.FromSeconds(1));
    }

    /// <summary>Promotes this standby to primary.</summary>
    public Task PromoteAsync() => ExecuteAsync("SELECT pg_promote()");

    public async Task<object?> ExecuteAsync(params string[] statements)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString()};Pooling=false");
        await connection.OpenAsync();
        object? last = null;
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            last = await command.ExecuteScalarAsync();
        }

        return last;
    }

    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "dumbkv",
        Password = _password,
        Database = database,
    }.ConnectionString;

    /// <summary>Starts the server, also after <see cref="StopAsync"/>, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var start = AsOrdinaryUser([
            "sh", "-c", Leash, Path.Combine(_binaries, "postgres"), "-D", Data,
            "-c", $"port={Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300", .. _options]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _server = Process.Start(start)!;
        _server.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? string.Empty);
        _server.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? string.Empty);
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection($"{ConnectionString()};Pooling=false;Timeout=2");
                await connection.OpenAsync(patience.Token);
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
            }
        }
    }

    /// <summary>Stops the server and its connections immediately. The data stays.</summary>
    public async Task StopAsync()
    {
        if (_server is null)
        {
            return;
        }

        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <summary>Sends a signal to all processes of the cluster. STOP and CONT simulate a database that hangs.</summary>
    public Task SignalAsync(string signal) => RunAsync(
        // A child process may end meanwhile.
        "sh", "-c", "main=$(head -n 1 \"$1\"/postmaster.pid); children=$(ps -o pid= --ppid \"$main\"); kill -\"$0\" \"$main\" && for child in $children; do kill -\"$0\" \"$child\" 2>/dev/null || :; done", signal, Data);

    /// <summary>Stops the server without a checkpoint, like <c>pg_ctl stop -m immediate</c>. The next start recovers from the WAL.</summary>
    public async Task StopImmediatelyAsync()
    {
        await RunAsync("sh", "-c", "kill -QUIT \"$(head -n 1 \"$0\"/postmaster.pid)\"", Data);
        await StopAsync();
    }

    /// <summary>Sends SIGKILL to all processes of the server.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await RunAsync("rm", "-rf", _folder);
    }

    private async Task InitializeAsync()
    {
        var passwordFile = Path.Combine(_folder, "password");
        await RunAsync("sh", "-c", "umask 077; printf %s \"$1\" > \"$0\"", passwordFile, _password);
        await RunAsync(Path.Combine(_binaries, "initdb"), "-D", Data, "-U", "dumbkv", "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--no-sync");
    }

    private static async Task<string> RunAsync(params string[] command)
    {
        var start = AsOrdinaryUser(command);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{Path.GetFileName(command[0])} failed with exit code {process.ExitCode}: {await errors}");
    }

    /// <summary>Starts a program of PostgreSQL, which does not run as root.</summary>
    public static ProcessStartInfo AsOrdinaryUser(params string[] command)
    {
        string[] asUser = Environment.IsPrivilegedProcess
            ? ["runuser", "-u", File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody", "--", .. command]
            : command;

        return new ProcessStartInfo(asUser[0], asUser[1..]) { WorkingDirectory = "/" };
    }
}
