using System.Security.Cryptography;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv pepper</c>: adds, replaces and removes the pepper of a store.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class PepperCommandTests(StoreKind kind)
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

    [Test]
    public async Task An_earlier_store_without_a_pepper_cannot_have_one()
    {
        await EarlierStore.PutIntoAsync(_store);
        await using (var server = await TestServer.StartAsync(_store))
        {
        }

        var run = await RunAsync([("PEPPER", _one)], "add");

        run.ExitCode.Should().Be(2);
        run.Output.Should().StartWith("PEPPER: an earlier version made this store without a pepper, and one cannot be added to it.");
        await using var again = await TestServer.StartAsync(_store);
        await EarlierStore.ShouldReadBackAsync(again.Http);
    }

    [Test]
    public async Task The_pepper_of_an_earlier_store_becomes_its_store_key_and_can_be_rotated_and_removed()
    {
        await EarlierStore.PutIntoAsync(_store, withPepper: true);
        await using (await TestServer.StartAsync(_store, ("PEPPER", EarlierStore.Pepper)))
        {
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
        await EarlierStore.ShouldReadBackAsync(server.Http);
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
            (await HoldsAsync(key)).Should().BeTrue("otherwise the search proves nothing");

            var run = await RunAsync([("PEPPER", _one)], "add");
            if (kind == StoreKind.Sqlite)
            {
                run.ExitCode.Should().Be(1);
                run.Output.Should().StartWith("The store key is changed, but other programs still read the old state of the store");
            }
            else
            {
                run.ShouldSucceed("encrypted with the pepper");
                (await HoldsAsync(key)).Should().BeFalse();
            }
        }

        if (kind == StoreKind.Sqlite)
        {
            (await RunAsync([("PEPPER", _one)], "add")).ShouldSucceed("was already encrypted with this pepper");
            (await HoldsAsync(key)).Should().BeFalse();
        }

        (await HoldsAsync(Convert.FromBase64String(_one))).Should().BeFalse();
    }

    [Test]
    public async Task A_kill_leaves_a_store_that_opens_with_exactly_one_of_the_two_settings()
    {
        await CreateAsync(string.Empty);
        var rounds = Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? 40 : 6;
        var changed = 0;
        for (var round = 0; round < rounds; round++)
        {
            var pepper = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            var environment = _store.Settings;
            environment["PEPPER"] = pepper;
            await using (var command = ServerProcess.Launch(_store.Folder, environment, "pepper", "add"))
            {
                // From the start of the program to after its end.
                await Task.Delay(TimeSpan.FromMilliseconds(1_200 * round / rounds));
                if (!command.HasExited)
                {
                    await command.KillAsync();
                }
            }

            var withPepper = await CommandRun.WithAsync(_store, [("PEPPER", pepper)], "check");
            var without = await CommandRun.OnAsync(_store, "check");

            (withPepper.ExitCode + without.ExitCode).Should().Be(1, "one of the two settings opens the store");
            if (withPepper.ExitCode == 0)
            {
                changed++;
                (await RunAsync([("PEPPER", pepper)], "remove")).ShouldSucceed("now in clear");
            }
        }

        TestContext.Out.WriteLine($"{kind}: {rounds} kills, {changed} after the change");
        await ShouldOpenOnlyWithAsync(string.Empty);
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

    /// <summary>Whether a file of the database has these bytes: the SQLite files, or the tables of PostgreSQL.</summary>
    private async Task<bool> HoldsAsync(byte[] bytes)
    {
        IEnumerable<string> files;
        if (kind == StoreKind.Sqlite)
        {
            files = Directory.GetFiles(_store.Folder, "dumbkv.db*");
        }
        else
        {
            await _store.ExecuteAsync("CHECKPOINT");
            var folder = $"{await _store.ExecuteAsync("SHOW data_directory")}/base/{await _store.ExecuteAsync("SELECT oid::text FROM pg_database WHERE datname = current_database()")}";
            Assume.That(Directory.Exists(folder), "Needs the files of PostgreSQL on this machine.");
            files = Directory.GetFiles(folder);
        }

        foreach (var file in files)
        {
            if ((await TestStore.ReadFileAsync(file)).AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }

        return false;
    }
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
