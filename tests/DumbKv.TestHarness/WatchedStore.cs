using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DumbKv.TestHarness;

/// <summary>A store that a test can lock, damage and make unavailable, and whose bytes it can all read.</summary>
internal abstract class WatchedStore : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    /// <summary>The working directory of a server on this store.</summary>
    public string Folder => _folder.FullName;

    /// <summary>DATABASE_LOCATION.</summary>
    public abstract string Location { get; }

    public abstract StoreKind Kind { get; }

    public static async Task<WatchedStore> CreateAsync(StoreKind kind, Canaries secrets) =>
        kind == StoreKind.Sqlite ? new WatchedSqlite() : await WatchedPostgres.StartAsync(secrets);

    /// <summary>Until the result is disposed, no other process can write.</summary>
    public abstract Task<IAsyncDisposable> LockAsync();

    /// <summary>Until the result is disposed, the database does not answer.</summary>
    public abstract Task<IAsyncDisposable> TakeAwayAsync();

    /// <summary>Replaces the sealed value in each row.</summary>
    public abstract Task DamageAsync();

    /// <summary>Collects every byte that the store left anywhere, while a server uses it.</summary>
    public abstract Task ReadAllAsync(Evidence evidence);

    public virtual ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Copies the files while another program writes them: those that were written since then.</summary>
    protected static async Task ReadFilesAsync(string folder, DateTime since, Evidence evidence)
    {
        var copy = Directory.CreateTempSubdirectory("dumbkv-test-");
        try
        {
            // The copy fails for a file that was removed in the meantime, and continues with the others.
            using var copying = Process.Start(new ProcessStartInfo("cp", ["-rp", $"{folder}/.", copy.FullName]) { RedirectStandardError = true })!;
            await copying.StandardError.ReadToEndAsync();
            await copying.WaitForExitAsync();
            foreach (var file in copy.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.LastWriteTimeUtc >= since))
            {
                var bytes = await File.ReadAllBytesAsync(file.FullName);
                evidence.Add("database files", file.Name, bytes.AsSpan().TrimEnd((byte)0).ToArray());
            }
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    /// <summary>Runs a delegate when it is disposed.</summary>
    protected sealed class Ending(Func<Task> end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await end();
    }
}

internal sealed class WatchedSqlite : WatchedStore
{
    public override string Location => Path.Combine(Folder, "dumbkv.db");

    public override StoreKind Kind => StoreKind.Sqlite;

    public override async Task<IAsyncDisposable> LockAsync()
    {
        var connection = await OpenAsync();
        await ExecuteAsync(connection, "BEGIN EXCLUSIVE");
        return new Ending(async () => await connection.DisposeAsync());
    }

    /// <summary>A file on a disk is always available, but it can be locked.</summary>
    public override Task<IAsyncDisposable> TakeAwayAsync() => LockAsync();

    public override async Task DamageAsync()
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "UPDATE entries SET sealed = zeroblob(length(sealed))");
        await Eventually.ReadersCatchUpAsync();
    }

    public override Task ReadAllAsync(Evidence evidence)
    {
        File.Exists($"{Location}-wal").Should().BeTrue("the server should write to it");
        return ReadFilesAsync(Folder, DateTime.MinValue, evidence);
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={Location};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

internal sealed class WatchedPostgres(LocalPostgres cluster) : WatchedStore
{
    private static readonly string[] Tables = ["entries", "store"];

    /// <summary>Older files contain none of the requests.</summary>
    private readonly DateTime _began = TimeProvider.System.GetUtcNow().UtcDateTime;

    public override string Location => cluster.ConnectionString();

    public override StoreKind Kind => StoreKind.Postgres;

    public static async Task<WatchedStore> StartAsync(Canaries secrets)
    {
        if (LocalPostgres.FindBinaries() is not { } binaries)
        {
            Assert.Ignore("Needs PostgreSQL's own binaries on this machine, to stop and start it and to read its files.");
            throw new InvalidOperationException();
        }

        var cluster = await LocalPostgres.StartAsync(binaries, "-c", "fsync=off");
        secrets.Known("the database's password", new NpgsqlConnectionStringBuilder(cluster.ConnectionString()).Password!);
        return new WatchedPostgres(cluster);
    }

    public override async Task<IAsyncDisposable> LockAsync()
    {
        var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE entries", connection);
        await command.ExecuteNonQueryAsync();
        return new Ending(async () => await connection.DisposeAsync());
    }

    public override async Task<IAsyncDisposable> TakeAwayAsync()
    {
        await cluster.StopAsync();
        return new Ending(cluster.StartAsync);
    }

    public override Task DamageAsync() => cluster.ExecuteAsync("UPDATE entries SET sealed = decode(repeat('00', length(sealed)), 'hex')");

    public override async Task ReadAllAsync(Evidence evidence)
    {
        await using (var connection = await OpenAsync())
        {
            foreach (var table in Tables)
            {
                using var rows = await connection.BeginTextExportAsync($"COPY {table} TO STDOUT");
                evidence.Add("database rows", table, await rows.ReadToEndAsync());
            }
        }

        // The contents of a WAL archive and of a stolen disk too.
        var folder = (string)(await cluster.ExecuteAsync("CHECKPOINT", "SHOW data_directory"))!;
        await ReadFilesAsync(folder, _began, evidence);
        evidence.Add("PostgreSQL's log", "all of it", string.Join('\n', cluster.Log));
    }

    public override async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"{cluster.ConnectionString()};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
