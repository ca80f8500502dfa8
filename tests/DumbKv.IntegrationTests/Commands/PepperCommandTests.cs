using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv pepper</c>: adds, replaces and removes the pepper of a store.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed partial class PepperCommandTests(StoreKind kind)
{
    private readonly string _one = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateUntouchedAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_pepper_is_added_rotated_and_removed_while_servers_run()
    {
        await using (var server = await TestServer.StartAsync(_store))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            (await RunAsync([("PEPPER", _one)], "add")).ShouldSucceed("The store key is now encrypted with the pepper.", "destroy them");
            (await server.Http.ValueAsync("k")).Should().Be("v", "a running server has the store key in memory");
        }

        await ShouldOpenOnlyWithAsync(_one);
        await using (var server = await TestServer.StartAsync(_store, ("PEPPER", _other), ("PEPPER_PREVIOUS", _one)))
        {
            (await RunAsync([("PEPPER", _other), ("PEPPER_PREVIOUS", _one)], "rotate")).ShouldSucceed("The store key is now encrypted with the new pepper.");
            (await server.Http.ValueAsync("k")).Should().Be("v");
        }

        await ShouldOpenOnlyWithAsync(_other);
        await using (var server = await TestServer.StartAsync(_store, ("PEPPER", _other)))
        {
            (await RunAsync([("PEPPER", _other)], "remove")).ShouldSucceed("The store key is now in clear.");
            (await server.Http.ValueAsync("k")).Should().Be("v");
        }

        await ShouldOpenOnlyWithAsync(string.Empty);
    }

    [Test]
    public async Task A_repeated_command_changes_nothing()
    {
        await CreateAsync(string.Empty);
        await RunAsync([("PEPPER", _one)], "add");

        (await RunAsync([("PEPPER", _one)], "add")).ShouldSucceed("was already encrypted with this pepper. Nothing was changed.");
        await RunAsync([("PEPPER", _other), ("PEPPER_PREVIOUS", _one)], "rotate");
        (await RunAsync([("PEPPER", _other), ("PEPPER_PREVIOUS", _one)], "rotate")).ShouldSucceed("was already encrypted with the new pepper. Nothing was changed.");
        await RunAsync([("PEPPER", _other)], "remove");
        (await RunAsync([("PEPPER", _other)], "remove")).ShouldSucceed("The store had no pepper. Nothing was changed.");
        await ShouldOpenOnlyWithAsync(string.Empty);
    }

    [Test]
    public async Task A_pepper_can_come_from_a_file()
    {
        await CreateAsync(string.Empty);
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "pepper"), _one + "\n");

        (await RunAsync([], "add", "--pepper-file", "pepper")).ShouldSucceed("encrypted with the pepper");
        await ShouldOpenOnlyWithAsync(_one);
    }

    [Test]
    public async Task Each_mistake_has_a_sentence_of_its_own_and_changes_nothing()
    {
        var missing = await RunAsync([("PEPPER", _one)], "add");
        missing.ExitCode.Should().BeOneOf(1, 2);
        missing.Output.Should().Contain(kind == StoreKind.Sqlite ? "does not exist. Name the store in DATABASE_LOCATION." : "there is no DumbKV store in it.");

        await CreateAsync(string.Empty);
        (await RunAsync([], "add")).Should().Be(new CommandRun(2, "PEPPER is not set. Set PEPPER or PEPPER_FILE."));
        (await RunAsync([("PEPPER", _one)], "rotate")).Output.Should().Be("PEPPER_PREVIOUS is not set. Set it, or PEPPER_PREVIOUS_FILE, to the pepper that the store has now.");
        (await RunAsync([("PEPPER", _one), ("PEPPER_PREVIOUS", _other)], "rotate")).Output.Should().Be("PEPPER: this store has no pepper yet. Run dumbkv pepper add.");
        (await RunAsync([("PEPPER_PREVIOUS", _one)], "add")).Output.Should().Be("PEPPER_PREVIOUS: is set, and PEPPER is not. Set PEPPER to the new pepper.");
        (await RunAsync([("PEPPER", "MDEyMzQ1Njc4OWFiY2RlZg==")], "add")).ShouldSucceed("consists of printable characters, so it is probably not random");
        (await RunAsync([("PEPPER", _other)], "add")).Output.Should().Be("PEPPER: this store has another pepper. To replace it, run dumbkv pepper rotate.");
        (await RunAsync([("PEPPER", _other)], "remove")).Output.Should().StartWith("PEPPER: this is not the pepper of this store.");
        await ShouldOpenOnlyWithAsync("MDEyMzQ1Njc4OWFiY2RlZg==");
    }

    [TestCase(2)]
    [TestCase(EarlierStore.Newest)]
    public async Task An_earlier_store_without_a_pepper_cannot_have_one(int schema)
    {
        await EarlierStore.PutIntoAsync(_store, schema: schema);
        await using (var server = await TestServer.StartAsync(_store))
        {
        }

        var run = await RunAsync([("PEPPER", _one)], "add");

        run.ExitCode.Should().Be(2);
        run.Output.Should().StartWith("PEPPER: an earlier version made this store without a pepper, and one cannot be added to it.");
        await using var again = await TestServer.StartAsync(_store);
        await EarlierStore.ShouldReadBackAsync(again.Http, schema);
    }

    [TestCase(2)]
    [TestCase(EarlierStore.Newest)]
    public async Task The_pepper_of_an_earlier_store_becomes_its_store_key_and_can_be_rotated_and_removed(int schema)
    {
        await EarlierStore.PutIntoAsync(_store, withPepper: true, schema);
        await using (var first = await ServerProcess.StartAsync(_store.Folder, [.. _store.Settings.Select(setting => (setting.Key, setting.Value!)), ("PEPPER", EarlierStore.Pepper)]))
        {
            await first.WaitForOutputAsync("This store's first pepper is its store key. The pepper can be rotated now.");
            await first.StopAsync();
        }

        var check = await CommandRun.WithAsync(_store, [("PEPPER", EarlierStore.Pepper)], "check");
        var rotate = await RunAsync([("PEPPER", _one), ("PEPPER_PREVIOUS", EarlierStore.Pepper)], "rotate");
        await using (await TestServer.StartAsync(_store, ("PEPPER", _one)))
        {
        }

        var remove = await RunAsync([("PEPPER", _one)], "remove");

        check.Output.Should().Contain("This store's first pepper is its store key");
        rotate.ShouldSucceed("encrypted with the new pepper", "This store's first pepper is its store key. Keep it secret for the store's life.");
        remove.ShouldSucceed("now in clear", "This store's first pepper is its store key.");
        await using var server = await TestServer.StartAsync(_store);
        await EarlierStore.ShouldReadBackAsync(server.Http, schema);
    }

    [Test]
    public async Task An_earlier_version_refuses_a_store_that_it_would_misread()
    {
        await CreateAsync(string.Empty);
        (await FingerprintForEarlierVersionsAsync()).Should().NotBeNull("it would derive keys from an empty salt");

        await RunAsync([("PEPPER", _one)], "add");
        var random = await FingerprintForEarlierVersionsAsync();
        random.Should().NotBeNull();
        Convert.ToHexString(random!).Should().NotBe(Convert.ToHexString(new Domain.Crypto.Pepper(Convert.FromBase64String(_one)).Fingerprint), "it would use the pepper as the salt");
    }

    [Test]
    public async Task Nothing_of_the_store_key_is_left_in_the_files_of_the_database()
    {
        await CreateAsync(string.Empty);
        var key = (byte[])(await _store.ExecuteAsync("SELECT store_key FROM store"))!;
        await _store.ExecuteAsync("UPDATE store SET original_rows_left = 1"); // PostgreSQL leaves the old row.
        await _store.ExecuteAsync("UPDATE store SET original_rows_left = NULL");
        await using var server = await TestServer.StartAsync(_store);
        await using (var reader = await OpenSnapshotAsync())
        {
            (await FilesWithAsync(key)).Should().NotBeEmpty("otherwise the search proves nothing");

            var run = await RunAsync([("PEPPER", _one)], "add");
            if (kind == StoreKind.Sqlite)
            {
                run.ExitCode.Should().Be(1);
                run.Output.Should().StartWith("The store key is changed, but other programs still read the old state of the store, so the old store key is still in its files. Repeat the command");
                (await FilesWithAsync(key)).Should().NotBeEmpty("otherwise the exit code is wrong");
            }
            else
            {
                run.ShouldSucceed("encrypted with the pepper");
                (await FilesWithAsync(key)).Should().BeEmpty();
            }
        }

        if (kind == StoreKind.Sqlite)
        {
            (await RunAsync([("PEPPER", _one)], "add")).ShouldSucceed("was already encrypted with this pepper");
            (await FilesWithAsync(key)).Should().BeEmpty();
        }

        await ShouldHoldNoPepperAsync(_one);
    }

    /// <summary>An old pepper that leaked opens no file of the database any more.</summary>
    [Test]
    public async Task Nothing_of_the_old_wrapping_is_left_after_a_rotation()
    {
        await CreateAsync(_one);
        var wrapped = (byte[])(await _store.ExecuteAsync("SELECT store_key FROM store"))!;
        await using var server = await TestServer.StartAsync(_store, ("PEPPER", _other), ("PEPPER_PREVIOUS", _one));
        (await FilesWithAsync(wrapped)).Should().NotBeEmpty("otherwise the search proves nothing");

        (await RunAsync([("PEPPER", _other), ("PEPPER_PREVIOUS", _one)], "rotate")).ShouldSucceed();

        (await FilesWithAsync(wrapped)).Should().BeEmpty();
        await ShouldHoldNoPepperAsync(_one);
        await ShouldHoldNoPepperAsync(_other);
    }

    [Test]
    public async Task The_commands_of_the_admin_page_add_replace_and_remove_a_pepper()
    {
        await CreateAsync(string.Empty);
        await using var server = await TestServer.StartAsync(_store);
        var commands = Documents.CommandsOf("docs/admin.md", "Add, replace or remove a pepper")[0];

        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", $"dumbkv() {{ dotnet \"$PROGRAM\" \"$@\"; }}\n{commands}"])
        {
            WorkingDirectory = _store.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PROGRAM"] = ServerProcess.Program;
        foreach (var (name, value) in _store.Settings)
        {
            start.Environment[name] = value;
        }

        using var shell = Process.Start(start)!;
        var texts = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();

        shell.ExitCode.Should().Be(0, string.Concat(texts));
        texts[1].Should().BeEmpty();
        texts[0].Should().Contain("The store key is now encrypted with the pepper.").And.Contain("The store key is now encrypted with the new pepper.").And.Contain("The store key is now in clear.");
        (await server.Http.ValueAsync("k")).Should().Be("v");
        await server.DisposeAsync();
        await ShouldOpenOnlyWithAsync(string.Empty);
    }

    /// <summary>Uses a separate process: this one has many servers, and OpenTelemetry collects the meters of all of them in each.</summary>
    [Test]
    public async Task A_running_server_reports_that_its_store_lost_its_pepper()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, [.. _store.Settings.Select(setting => (setting.Key, setting.Value!)), ("PEPPER", _one)]);
        await ReportsAsync(missing: false);

        (await RunAsync([("PEPPER", _one)], "remove")).ShouldSucceed();
        await ReportsAsync(missing: true);
        (await RunAsync([("PEPPER", _one)], "add")).ShouldSucceed();
        await ReportsAsync(missing: false);

        // The server looks every ten seconds.
        Task ReportsAsync(bool missing) => Eventually.HoldsAsync(async () =>
            MissingPepper().Match(await server.Http.GetStringAsync("/metrics")).Groups["value"].Value == (missing ? "1" : "0"));
    }

    private Task<CommandRun> RunAsync((string, string)[] settings, params string[] arguments) => CommandRun.WithAsync(_store, settings, ["pepper", .. arguments]);

    private async Task CreateAsync(string pepper)
    {
        await using var server = await TestServer.StartAsync(_store, ("PEPPER", pepper));
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
    }

    private async Task ShouldOpenOnlyWithAsync(string pepper)
    {
        foreach (var wrong in new[] { string.Empty, _one, _other }.Where(other => other != pepper))
        {
            var start = await CommandRun.WithAsync(_store, [("PEPPER", wrong), ("LOG_LEVEL", "Warning")]);
            start.ExitCode.Should().Be(2, start.Output);
            start.Output.Should().StartWith("PEPPER: ").And.NotContain(_one).And.NotContain(_other);
        }

        await using var server = await TestServer.StartAsync(_store, ("PEPPER", pepper));
        (await server.Http.ValueAsync("k")).Should().Be("v");
    }

    private async Task<byte[]?> FingerprintForEarlierVersionsAsync() => await _store.ExecuteAsync("SELECT pepper_fingerprint FROM store") as byte[];

    /// <summary>A reader with a snapshot of the time before the change.</summary>
    private async Task<IAsyncDisposable> OpenSnapshotAsync()
    {
        if (kind == StoreKind.Sqlite)
        {
            var file = new SqliteConnection($"Data Source={_store.Location};Pooling=false");
            await file.OpenAsync();
            await ExecuteAsync(file.CreateCommand(), "BEGIN");
            await ExecuteAsync(file.CreateCommand(), "SELECT count(*) FROM entries");
            return file;
        }

        var connection = new NpgsqlConnection($"{_store.Location};Pooling=false");
        await connection.OpenAsync();
        await ExecuteAsync(connection.CreateCommand(), "BEGIN ISOLATION LEVEL REPEATABLE READ");
        await ExecuteAsync(connection.CreateCommand(), "SELECT count(*) FROM entries");
        return connection;

        static async Task ExecuteAsync(System.Data.Common.DbCommand command, string sql)
        {
            await using (command)
            {
                command.CommandText = sql;
                await command.ExecuteScalarAsync();
            }
        }
    }

    private async Task ShouldHoldNoPepperAsync(string pepper)
    {
        foreach (var bytes in new[] { Convert.FromBase64String(pepper), Encoding.ASCII.GetBytes(pepper) })
        {
            (await FilesWithAsync(bytes, withLog: true)).Should().BeEmpty();
        }
    }

    /// <summary>
    /// The files of the database that have these bytes: those of SQLite, or the folders of PostgreSQL with such a file. Other tests use
    /// the other databases of the same PostgreSQL.
    /// </summary>
    /// <param name="bytes">What is looked for.</param>
    /// <param name="withLog">PostgreSQL's write-ahead log too. The clear store key stays there until PostgreSQL overwrites it: docs/admin.md.</param>
    private async Task<List<string>> FilesWithAsync(byte[] bytes, bool withLog = false)
    {
        if (kind == StoreKind.Sqlite)
        {
            var found = new List<string>();
            foreach (var file in Directory.GetFiles(_store.Folder, "dumbkv.db*"))
            {
                if ((await TestStore.ReadFileAsync(file)).AsSpan().IndexOf(bytes) >= 0)
                {
                    found.Add(Path.GetFileName(file));
                }
            }

            return found;
        }

        await _store.ExecuteAsync("CHECKPOINT");
        var data = (string)(await _store.ExecuteAsync("SHOW data_directory"))!;
        Assume.That(Directory.Exists(data), "Needs the files of PostgreSQL on this machine.");
        var ours = $"{await _store.ExecuteAsync("SELECT oid::text FROM pg_database WHERE datname = current_database()")}";
        return [.. Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(data, file).Split('/'))
            .Where(path => (path[0] != "base" || path[1] == ours) && (path[0] != "pg_wal" || withLog))
            .Where(path => ReadIfPresent(Path.Combine([data, .. path])).AsSpan().IndexOf(bytes) >= 0)
            .Select(path => path[0])
            .Distinct()];
    }

    /// <summary>PostgreSQL removes files all the time.</summary>
    private static byte[] ReadIfPresent(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    [GeneratedRegex("""^dumbkv_pepper_missing\{[^}]*\} (?<value>\d)""", RegexOptions.Multiline)]
    private static partial Regex MissingPepper();
}

internal static class CommandRunAssertions
{
    public static void ShouldSucceed(this CommandRun run, params string[] texts)
    {
        run.ExitCode.Should().Be(0, run.Output);
        foreach (var text in texts)
        {
            run.Output.Should().Contain(text);
        }
    }
}
