using System.Diagnostics;
using System.Runtime.Versioning;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>A SQLite store that cannot be opened or read as usual. Each cause has its own message, and only damage is called damage.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StoreFailureTests
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        File.SetUnixFileMode(_store.Folder, (UnixFileMode)0b111_101_101);
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            await server.StopAsync();
        }

        // Some tests run a command as another user, who can read the store.
        File.SetUnixFileMode(_store.Location, (UnixFileMode)0b110_100_100);
    }

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_failure_of_unknown_cause_is_a_bug_and_not_an_unavailable_store()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);
        await _store.ExecuteAsync("ALTER TABLE entries RENAME TO away");

        using var read = await server.Http.PostKvAsync("""{"key": "k"}""");
        using var write = await server.Http.PutKvAsync("""{"key": "l", "value": "v"}""");

        ((int)read.StatusCode).Should().Be(500);
        ((int)write.StatusCode).Should().Be(500);
        (await read.DetailAsync()).Should().Be("The server failed. Its log has the cause. Try again.");
        await Eventually.HoldsAsync(() => server.Output.Split("This is a bug").Length == 3);
    }

    [Test]
    public async Task A_hot_journal_is_rolled_back_by_check()
    {
        await KilledStore.LeaveHotJournalAsync(_store.Location);

        var check = await CommandRun.OnAsync(_store, "check");

        check.ExitCode.Should().Be(0, check.Output);
        check.Output.Should().Contain("ok    integrity").And.Contain("ok    entries: 1,");
    }

    [Test]
    public async Task A_hot_journal_is_rolled_back_by_backup()
    {
        await KilledStore.LeaveHotJournalAsync(_store.Location);

        var backup = await CommandRun.OnAsync(_store, "backup", "b.db");

        backup.ExitCode.Should().Be(0, backup.Output);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_store.Folder, "b.db")};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM entries WHERE sealed <> zeroblob(17)";
        (await command.ExecuteScalarAsync()).Should().Be(1L);
    }

    [Test]
    public async Task A_hot_journal_that_this_user_cannot_roll_back_is_not_damage()
    {
        RequireRoot();
        await KilledStore.LeaveHotJournalAsync(_store.Location);

        var check = await CheckAsNobodyAsync();

        ShouldSay(check, $"{_store.Location} was not closed properly, and its last transaction has to be rolled back or recovered first.");
    }

    [Test]
    public async Task A_directory_that_this_user_cannot_write_to_is_not_damage()
    {
        RequireRoot();

        var check = await CheckAsNobodyAsync();

        ShouldSay(check, $"SQLite has to create files beside {_store.Location}, and {_store.Folder} is read-only for this user.");
    }

    [Test]
    public async Task A_store_without_a_WAL_is_checked_by_a_user_who_can_only_read_it()
    {
        RequireRoot();
        await _store.ExecuteAsync("PRAGMA journal_mode = DELETE");

        var check = await CheckAsNobodyAsync();

        check.ExitCode.Should().Be(0, check.Output);
    }

    [Test]
    public async Task A_file_that_this_user_cannot_read_is_not_damage()
    {
        RequireRoot();
        File.SetUnixFileMode(_store.Location, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var check = await CheckAsNobodyAsync();

        ShouldSay(check, $"This user is not allowed to read {_store.Location}. Run this as the server's user.");
    }

    [Test]
    public async Task A_file_system_that_is_read_only_is_not_damage()
    {
        RequireRoot();
        await ShouldSucceedAsync("mount", "--bind", _store.Folder, _store.Folder);
        try
        {
            await ShouldSucceedAsync("mount", "-o", "remount,ro,bind", _store.Folder);

            var check = await CommandRun.OnAsync(_store, "check");
            var start = await StartAsync([]);

            ShouldSay(check, $"SQLite has to create files beside {_store.Location}, and {_store.Folder} is read-only for this user.");
            start.ExitCode.Should().BeInRange(1, 2);
            start.Output.Should().Contain(_store.Location).And.NotContain("\n");
        }
        finally
        {
            await ShouldSucceedAsync("umount", _store.Folder);
        }
    }

    [Test]
    public async Task A_file_that_another_program_has_locked_is_not_damage()
    {
        await _store.ExecuteAsync("PRAGMA journal_mode = DELETE");
        await using var other = new SqliteConnection($"Data Source={_store.Location};Pooling=false");
        await other.OpenAsync();
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();

        var runs = await Task.WhenAll(CommandRun.OnAsync(_store, "check"), CommandRun.OnAsync(_store, "backup", "b.db"), StartAsync([]));

        runs.Should().OnlyContain(run => run.ExitCode == 1);
        runs.Should().OnlyContain(run => run.Output.Contains($"{_store.Location} is locked by another program. Close that program or wait for it to finish, then try again."));
        File.Exists(Path.Combine(_store.Folder, "b.db")).Should().BeFalse();
    }

    [Test]
    public async Task A_disk_error_is_not_damage()
    {
        var check = await CommandRun.UnderAsync(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-P", _store.Location, "-e", "trace=pread64", "-e", "inject=pread64:error=EIO:when=2+"], _store, [], "check");

        ShouldSay(check, $"The disk or the file system of {_store.Location} reported an error.");
    }

    [Test]
    public async Task A_file_that_is_not_a_database_is_reported_as_such()
    {
        await File.WriteAllTextAsync(_store.Location, new string('x', 8_192));

        var check = await CommandRun.OnAsync(_store, "check");
        var start = await StartAsync([]);
        var backup = await CommandRun.OnAsync(_store, "backup", "b.db");

        var expected = $"{_store.Location} is not a SQLite database, or its first page is damaged.";
        check.Output.Should().StartWith($"WRONG integrity: {expected}");
        start.Output.Should().StartWith(expected).And.NotContain("\n");
        backup.Output.Should().StartWith(expected).And.NotContain("\n");
        new[] { check, start, backup }.Should().OnlyContain(run => run.ExitCode == 1);
    }

    [Test]
    public async Task A_start_on_a_damaged_file_is_refused_in_one_line()
    {
        await using (var file = new FileStream(_store.Location, FileMode.Open))
        {
            file.Position = 100;
            file.Write(Enumerable.Repeat((byte)0xFF, 3_996).ToArray());
        }

        var start = await StartAsync([]);

        start.ExitCode.Should().Be(1);
        start.Output.Should().StartWith($"{_store.Location} is damaged. Stop the server and restore a backup: dumbkv restore FILE.").And.NotContain("\n");
    }

    [Test]
    public async Task A_start_by_a_user_who_cannot_write_is_refused_in_one_line()
    {
        RequireRoot();

        var start = await StartAsync(AsNobody);

        start.ExitCode.Should().BeInRange(1, 2);
        start.Output.Should().Contain("dumbkv.db").And.NotContain("\n");
    }

    private Task<CommandRun> CheckAsNobodyAsync() => CommandRun.UnderAsync(AsNobody, _store, [], "check");

    private Task<CommandRun> StartAsync(string[] wrapper) => CommandRun.UnderAsync(wrapper, _store, [("LOG_LEVEL", "Error")]);

    private static void ShouldSay(CommandRun run, string sentence)
    {
        run.ExitCode.Should().Be(1);
        run.Output.Should().StartWith($"WRONG store: {sentence}").And.NotContain("damaged").And.NotContain("\n");
    }

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Needs the privilege to change the user.");
        }
    }

    private static async Task ShouldSucceedAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 && command[0] == "mount")
        {
            Assert.Ignore($"This user is not allowed to mount a file system: {error}");
        }

        process.ExitCode.Should().Be(0, error);
    }
}
