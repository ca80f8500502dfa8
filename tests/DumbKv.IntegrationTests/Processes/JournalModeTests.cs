using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>The journal mode of a SQLite file depends on its file system.</summary>
public sealed class JournalModeTests
{
    private TestStore _store = null!;
    private DirectoryInfo _mounted = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        _mounted = Directory.CreateTempSubdirectory("dumbkv-test-");
    }

    [TearDown]
    public async Task DeleteStore()
    {
        _mounted.Delete(recursive: true);
        await _store.DisposeAsync();
    }

    [TestCase("auto", "wal")]
    [TestCase("wal", "wal")]
    [TestCase("truncate", "delete")] // A closed file reports this for any rollback journal.
    public async Task The_journal_mode_follows_the_setting(string setting, string expected)
    {
        await using (var server = await ServerProcess.StartAsync(_store.Folder, ("SQLITE_JOURNAL", setting)))
        {
            (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();
            (await server.Http.ValueAsync("k")).Should().Be("v");
            HasWal.Should().Be(expected == "wal");
        }

        (await _store.ExecuteAsync("PRAGMA journal_mode")).Should().Be(expected);
    }

    [Test]
    public async Task A_store_moves_from_a_local_disk_to_a_network_file_system_and_back()
    {
        await using (var local = await ServerProcess.StartAsync(_store.Folder))
        {
            await local.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        }

        await using (var network = await ServerProcess.StartAsync(_store.Folder, ("SQLITE_JOURNAL", "truncate")))
        {
            (await network.Http.ValueAsync("k")).Should().Be("v");
            HasWal.Should().BeFalse();
        }

        await using var back = await ServerProcess.StartAsync(_store.Folder);
        (await back.Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task A_WAL_that_another_program_reads_is_not_removed()
    {
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();
        }

        await using var reader = new SqliteConnection($"Data Source={_store.Location};Pooling=false");
        await reader.OpenAsync();
        await using var command = reader.CreateCommand();
        command.CommandText = "BEGIN; SELECT count(*) FROM entries";
        await command.ExecuteScalarAsync();

        var start = await CommandRun.WithAsync(_store, [("SQLITE_JOURNAL", "truncate"), ("LOG_LEVEL", "Error")]);

        start.ExitCode.Should().Be(1);
        start.Output.Should().Be($"{_store.Location} cannot be used with the journal mode truncate: another program has it open. Stop that program and start again.");
    }

    [TestCase("mergerfs")]
    [TestCase("rclone")]
    public async Task A_store_on_a_FUSE_file_system_has_no_WAL(string type)
    {
        await using var mount = await Mount.FuseAsync(_store.Folder, _mounted.FullName, type);
        await using var server = await ServerProcess.StartAsync(_mounted.FullName);

        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();

        (await server.Http.ValueAsync("k")).Should().Be("v");
        HasWal.Should().BeFalse();
    }

    [Test]
    public async Task A_WAL_that_a_kill_left_behind_is_read_without_shared_memory()
    {
        await using (var local = await ServerProcess.StartAsync(_store.Folder))
        {
            (await local.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();
            await local.KillAsync();
        }

        HasWal.Should().BeTrue("otherwise this proves nothing");
        MakeSharedMemoryFail();

        await using var server = await ServerProcess.StartAsync(_store.Folder, ("SQLITE_JOURNAL", "truncate"));
        (await server.Http.ValueAsync("k")).Should().Be("v");
        HasWal.Should().BeFalse();
    }

    [Test]
    public async Task Without_shared_memory_the_server_uses_no_WAL_and_warns()
    {
        MakeSharedMemoryFail();

        await using var server = await ServerProcess.StartAsync(_store.Folder);
        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();

        (await server.Http.ValueAsync("k")).Should().Be("v");
        HasWal.Should().BeFalse();
        server.Output.Should().Contain("dumbkv.db is used with SQLITE_JOURNAL=truncate");
    }

    [Test]
    public async Task A_WAL_that_was_requested_and_is_not_possible_stops_the_start()
    {
        MakeSharedMemoryFail();

        await using var server = ServerProcess.Launch(_store.Folder, [new("SQLITE_JOURNAL", "wal")]);

        (await server.ExitCodeAsync()).Should().Be(1);
    }

    private bool HasWal => File.Exists($"{_store.Location}-wal");

    /// <summary>Makes the file for SQLite's shared memory impossible to open.</summary>
    private void MakeSharedMemoryFail()
    {
        File.Delete($"{_store.Location}-shm");
        Directory.CreateDirectory($"{_store.Location}-shm");
    }
}
