using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace DumbKv.ReliabilityTests;

/// <summary>Runs on a file system of 16 MiB, which needs the privilege to mount one.</summary>
public sealed class DiskFullTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dumbkv-test-").FullName;

    private Mount? _mount;

    [SetUp]
    public async Task MountFolder() => _mount = await Mount.InMemoryAsync(_folder, "16m");

    [TearDown]
    public async Task Unmount()
    {
        if (_mount is not null)
        {
            await _mount.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task On_a_full_disk_writes_are_507_and_reads_work_until_there_is_space()
    {
        var ballast = Path.Combine(_folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[6 * 1024 * 1024]);
        await using var server = await ServerProcess.StartAsync(_folder);
        var stored = new List<string>();

        var refusal = await FillAsync(server.Http, stored);
        var first = stored[0];
        (await server.Http.ValueAsync(first)).Should().Be(ValueOf(first), "reads should still work");
        File.Delete(ballast);
        var refusals = 0;
        await Eventually.HoldsAsync(async () => await PutAsync(server.Http, stored, $"again {refusals++}") == HttpStatusCode.OK, seconds: 10);
        await FillAsync(server.Http, stored);

        refusal.Status.Should().Be(HttpStatusCode.InsufficientStorage);
        refusal.Detail.Should().Be("The disk of the store is full. Try again when there is space.");
        refusal.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2));
        foreach (var key in stored)
        {
            (await server.Http.ValueAsync(key)).Should().Be(ValueOf(key));
        }

        await server.KillAsync();
        await using var again = await ServerProcess.StartAsync(_folder);
        foreach (var key in stored)
        {
            (await again.Http.ValueAsync(key)).Should().Be(ValueOf(key));
        }

        (await IntegrityAsync()).Should().Be("ok");
        TestContext.Out.WriteLine($"Disk full twice: {stored.Count} writes answered, none lost; a refusal took {refusal.Elapsed.TotalMilliseconds:0} ms");
    }

    [Test]
    public async Task A_backup_and_a_restore_without_space_are_refused_and_the_store_stays_usable()
    {
        var store = Path.Combine(_folder, "dumbkv.db");
        using var elsewhere = new TemporaryFolder();
        var backup = Path.Combine(elsewhere.Path, "b.db");
        await using (var server = await ServerProcess.StartAsync(_folder, ("SQLITE_JOURNAL", "truncate")))
        {
            await server.StopAsync();
        }

        await ExecuteAsync(store, "INSERT INTO entries (database_id, lookup, version, flags, sealed) SELECT 0, randomblob(32), randomblob(12), 0, randomblob(6000000)");
        var made = await CommandAsync("backup", backup);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "ballast"), new byte[7 * 1024 * 1024]);

        var again = await CommandAsync("backup", Path.Combine(_folder, "c.db"));
        var restore = await CommandAsync("restore", backup);
        var check = await CommandAsync("check");

        made.ExitCode.Should().Be(0, made.Output);
        again.ExitCode.Should().Be(1);
        again.Output.Should().EndWith($"The disk of {Path.Combine(_folder, "c.db")} is full. Free some space, then try again.");
        restore.ExitCode.Should().Be(1);
        restore.Output.Should().Contain($"There is not enough space for {backup} beside the store").And.EndWith("The store is unchanged.");
        check.ExitCode.Should().Be(0, check.Output);
        Directory.GetFiles(_folder).Select(Path.GetFileName).Should().BeSubsetOf(["dumbkv.db", "dumbkv.db-journal", "dumbkv.db.lock", "ballast"]);
    }

    private async Task<CommandRun> CommandAsync(params string[] arguments)
    {
        await using var process = ServerProcess.Launch(_folder, [new("SQLITE_JOURNAL", "truncate")], arguments);
        var exitCode = await process.ExitCodeAsync();
        return new CommandRun(exitCode, process.Output);
    }

    private static async Task ExecuteAsync(string file, string sql)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }

    /// <summary>Writes until a write is refused.</summary>
    private static async Task<(HttpStatusCode Status, string Detail, TimeSpan Elapsed)> FillAsync(HttpClient http, List<string> stored)
    {
        while (true)
        {
            var watch = Stopwatch.StartNew();
            var key = $"key {stored.Count}";
            using var response = await http.PutKvAsync(JsonSerializer.Serialize(new { key, value = ValueOf(key) }));
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return (response.StatusCode, await response.DetailAsync(), watch.Elapsed);
            }

            stored.Add(key);
        }
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient http, List<string> stored, string key)
    {
        using var response = await http.PutKvAsync(JsonSerializer.Serialize(new { key, value = ValueOf(key) }));
        if (response.StatusCode == HttpStatusCode.OK)
        {
            stored.Add(key);
        }

        return response.StatusCode;
    }

    private static string ValueOf(string key) => string.Concat(Enumerable.Repeat(key, 8_000));

    private async Task<object?> IntegrityAsync()
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "dumbkv.db")};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return await command.ExecuteScalarAsync();
    }
}
