using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv restore</c>. For kills at each step see tests/DumbKv.ReliabilityTests.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RestoreTests
{
    private TestStore _store = null!;

    private string Backup => Path.Combine(_store.Folder, "b.db");

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        await using (var server = await TestServer.StartAsync(_store))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "in the backup"}""");
        }

        await _store.ExecuteAsync($"VACUUM INTO '{Backup}'");
    }

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task The_backup_replaces_the_store_and_stays_unchanged()
    {
        await SetAsync("since the backup");
        var hash = SHA256.HashData(await File.ReadAllBytesAsync(Backup));
        File.SetUnixFileMode(_store.Location, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var run = await CommandRun.OnAsync(_store, "restore", "b.db");

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().Contain($"Restored {_store.Location} from b.db:").And.Contain($"The previous store is now {_store.Location}.before-restore-");
        (await ValueAsync()).Should().Be("in the backup");
        SHA256.HashData(await File.ReadAllBytesAsync(Backup)).Should().Equal(hash);
        File.GetUnixFileMode(_store.Location).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Directory.GetFiles(_store.Folder, "*.restor*").Should().BeEmpty();
    }

    [Test]
    public async Task The_old_store_is_kept_with_every_acknowledged_write()
    {
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "only in the WAL", "overwrite": true}""");
            await server.KillAsync();
        }

        (await CommandRun.OnAsync(_store, "restore", "b.db")).ExitCode.Should().Be(0);
        var old = Directory.GetFiles(_store.Folder, "*.before-restore-*Z").Should().ContainSingle().Subject;

        await using var again = await ServerProcess.StartAsync(_store.Folder, ("DATABASE_LOCATION", old));
        (await again.Http.ValueAsync("k")).Should().Be("only in the WAL");
    }

    [Test]
    public async Task A_lost_store_is_restored_for_the_owner_of_its_directory()
    {
        File.Delete(_store.Location);

        var run = await CommandRun.OnAsync(_store, "restore", "b.db");

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().NotContain("before-restore");
        File.GetUnixFileMode(_store.Location).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await ValueAsync()).Should().Be("in the backup");
    }

    [Test]
    public async Task Only_the_same_command_finishes_a_restore_that_was_interrupted()
    {
        await SetAsync("since the backup");
        File.Copy(Backup, _store.Location + ".restored");
        var previous = _store.Location + ".before";
        await File.WriteAllTextAsync(_store.Location + ".restoring", JsonSerializer.Serialize(new { Backup, Previous = previous }));
        await using var other = await TestStore.CreateAsync();
        string[][] commands =
        [
            [], ["check"], ["backup", "c.db"], ["upgrade"],
            ["copy", "--from", _store.Location, "--to", other.Location], ["copy", "--from", Backup, "--to", _store.Location],
        ];

        foreach (var command in commands)
        {
            var run = await CommandRun.WithAsync(_store, [("LOG_LEVEL", "Error")], command);

            run.ExitCode.Should().Be(1, run.Output);
            run.Output.Should().Contain($"A restore of {Backup} to {_store.Location} is running or was interrupted: {_store.Location}.restoring is there.")
                .And.EndWith($"finish it: dumbkv restore {Backup}").And.NotContain("\n");
        }

        var another = await CommandRun.OnAsync(_store, "restore", "c.db");
        var same = await CommandRun.OnAsync(_store, "restore", "b.db");

        another.Should().Be(new CommandRun(1, $"Another restore to {_store.Location} was interrupted. Finish it first: dumbkv restore {Backup}"));
        same.ExitCode.Should().Be(0, same.Output);
        File.Exists(previous).Should().BeTrue();
        (await ValueAsync()).Should().Be("in the backup");
    }

    [Test]
    public async Task A_store_that_a_server_uses_is_not_restored()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);

        var run = await CommandRun.OnAsync(_store, "restore", "b.db");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("is in use: another process still held").And.EndWith("Stop the server, then repeat the command. The store is unchanged.");
        (await server.Http.ValueAsync("k")).Should().Be("in the backup");
    }

    [Test]
    public async Task A_file_that_is_not_a_backup_is_refused_and_the_store_is_unchanged()
    {
        await SetAsync("since the backup");
        await WriteAsync("text.db", new string('x', 8_192));
        await WriteAsync("empty.db", string.Empty);
        File.Copy(LegacyData.SqliteFile, Path.Combine(_store.Folder, "original.db"));
        File.Copy(Backup, Path.Combine(_store.Folder, "damaged.db"));
        await using (var file = new FileStream(Path.Combine(_store.Folder, "damaged.db"), FileMode.Open))
        {
            file.Position = 4_096;
            file.Write(Enumerable.Repeat((byte)0xFF, 8_192).ToArray());
        }

        File.Copy(Backup, Path.Combine(_store.Folder, "used.db"));
        await WriteAsync("used.db-wal", "the last writes");
        Directory.CreateDirectory(Path.Combine(_store.Folder, "folder"));

        await ShouldRefuseAsync("text.db", 1, "text.db is not a SQLite database. Name another backup. The store is unchanged.");
        await ShouldRefuseAsync("empty.db", 1, "empty.db is not a DumbKV store. Name another backup. The store is unchanged.");
        await ShouldRefuseAsync("original.db", 1, "original.db is not a DumbKV store. Name another backup. The store is unchanged.");
        await ShouldRefuseAsync("damaged.db", 1, "damaged.db is damaged. Name another backup. The store is unchanged.");
        await ShouldRefuseAsync("used.db", 1, "used.db is not a finished backup: its last writes are in used.db-wal beside it. Make a backup of it, and restore that: DATABASE_LOCATION=used.db dumbkv backup NEW-FILE");
        await ShouldRefuseAsync("folder", 2, "folder is a directory. Name a file.");
        await ShouldRefuseAsync("none.db", 2, "none.db does not exist. Name the backup's file.");
        await ShouldRefuseAsync("/proc/self/mem", 1, "/proc/self/mem cannot be read: its disk or file system reported an error. Name another backup, or copy this one to another disk first. The store is unchanged.");
        await ShouldRefuseAsync("dumbkv.db.lock", 2, "dumbkv.db.lock is a file of the store itself. Name a backup.");
        await ShouldRefuseAsync("dumbkv.db", 2, "dumbkv.db is a file of the store itself. Name a backup.");
        (await ValueAsync()).Should().Be("since the backup");
    }

    [Test]
    public async Task The_commands_in_a_message_are_quoted_for_a_shell()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_store.Folder, "it's 2")).FullName;
        var location = Path.Combine(folder, "dumbkv.db");
        File.Move(_store.Location, location);
        var quoted = $"'{location.Replace("'", "'\\''", StringComparison.Ordinal)}";

        var restored = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", location)], "restore", "b.db");
        await File.WriteAllTextAsync(location + ".restoring", JsonSerializer.Serialize(new { Backup = location, Previous = "p" }));
        var interrupted = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", location)], "check");

        restored.Output.Should().MatchRegex($"run: rm {Regex.Escape(quoted)}\\.before-restore-[0-9TZ]+'\\*$");
        interrupted.Output.Should().EndWith($"finish it: dumbkv restore {quoted}'");
    }

    [Test]
    public async Task The_old_store_gets_a_name_that_no_file_begins_with()
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var second = -5; second < 60; second++)
        {
            await WriteAsync($"dumbkv.db.before-restore-{now.AddSeconds(second):yyyyMMdd'T'HHmmss'Z'}-wal", "taken");
        }

        var run = await CommandRun.OnAsync(_store, "restore", "b.db");

        var old = Regex.Match(run.Output, "The previous store is now ([^ ]*)\\.").Groups[1].Value;
        File.Exists(old).Should().BeTrue();
        Directory.GetFiles(_store.Folder, Path.GetFileName(old) + "*").Should().NotContain(file => File.ReadAllText(file) == "taken");
    }

    [Test]
    public async Task A_damaged_marker_is_refused_with_instructions()
    {
        await WriteAsync("dumbkv.db.restoring", string.Empty);

        foreach (var command in new string[][] { ["check"], ["restore", "b.db"] })
        {
            var run = await CommandRun.OnAsync(_store, command);

            run.ExitCode.Should().Be(1);
            run.Output.Should().Contain($"{_store.Location}.restoring is damaged").And.EndWith("repeat the restore.");
        }
    }

    [Test]
    public async Task A_link_to_the_store_is_refused()
    {
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "only in the WAL", "overwrite": true}""");
            await server.KillAsync();
        }

        File.CreateSymbolicLink(Path.Combine(_store.Folder, "link.db"), "dumbkv.db");
        Directory.CreateSymbolicLink(Path.Combine(_store.Folder, "again"), ".");

        await ShouldRefuseAsync("link.db", 2, "link.db is a file of the store itself. Name a backup.");
        await ShouldRefuseAsync("again/dumbkv.db", 2, "again/dumbkv.db is a file of the store itself. Name a backup.");
        (await ValueAsync()).Should().Be("only in the WAL");
    }

    [Test]
    public async Task A_link_to_a_backup_is_followed()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_store.Folder, "elsewhere")).FullName;
        File.Copy(Backup, Path.Combine(elsewhere, "used.db"));
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "used.db-journal"), "the last writes");
        File.CreateSymbolicLink(Path.Combine(_store.Folder, "used.db"), "elsewhere/used.db");
        File.CreateSymbolicLink(Path.Combine(_store.Folder, "link.db"), "b.db");
        await SetAsync("since the backup");

        var used = await CommandRun.OnAsync(_store, "restore", "used.db");
        var whole = await CommandRun.OnAsync(_store, "restore", "link.db");

        used.ExitCode.Should().Be(1);
        used.Output.Should().Contain("its last writes are in used.db-journal beside it");
        whole.ExitCode.Should().Be(0, whole.Output);
        (await ValueAsync()).Should().Be("in the backup");
    }

    [Test]
    public async Task A_pipe_or_a_device_is_refused_by_every_command()
    {
        using (var mkfifo = Process.Start("mkfifo", Path.Combine(_store.Folder, "pipe")))
        {
            await mkfifo.WaitForExitAsync();
        }

        string[][] commands =
        [
            ["restore", "pipe"], ["restore", "/dev/zero"], ["upgrade", "--from", "pipe"], ["upgrade", "--from", "/dev/zero"],
            ["copy", "--from", "pipe", "--to", "c.db"], ["copy", "--from", "dumbkv.db", "--to", "pipe"],
        ];
        foreach (var command in commands)
        {
            ShouldRefuse(await CommandRun.OnAsync(_store, command), command.Contains("pipe") ? "pipe" : "/dev/zero");
        }

        foreach (var command in new string[][] { [], ["check"], ["backup", "c.db"], ["upgrade"], ["restore", "b.db"] })
        {
            ShouldRefuse(await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "pipe"), ("LOG_LEVEL", "Error")], command), "pipe");
        }

        static void ShouldRefuse(CommandRun run, string name) =>
            (run.ExitCode, Regex.Replace(run.Output, "^(DATABASE_LOCATION|--from|--to): ", string.Empty))
                .Should().Be((2, $"{name} is a pipe, a device or a socket. Name a regular file."));
    }

    [Test]
    public async Task A_file_whose_end_is_missing_is_refused()
    {
        // The last page contains the end of the value, which SQLite's integrity check does not cover.
        var cut = Path.Combine(_store.Folder, "cut.db");
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            using var set = await server.Http.PutKvAsync(JsonSerializer.Serialize(new { key = "long", value = new string('v', 100_000) }));
            set.EnsureSuccessStatusCode();
            await server.StopAsync();
        }

        (await CommandRun.OnAsync(_store, "backup", "cut.db")).ExitCode.Should().Be(0);
        CutOff(cut, 1_000);
        await ShouldRefuseAsync("cut.db", 1, "cut.db is damaged: its length does not match its contents. Name another backup. The store is unchanged.");
        var check = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "cut.db")], "check");
        var backup = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "cut.db")], "backup", "c.db");

        check.ExitCode.Should().Be(1);
        check.Output.Should().Contain("WRONG integrity: cut.db is damaged: its length does not match its contents.");
        backup.ExitCode.Should().Be(1);
        backup.Output.Should().Contain("cut.db is damaged, so no backup was kept.");
        CutOff(cut, 3_096);
        await ShouldRefuseAsync("cut.db", 1, "cut.db is damaged. Name another backup. The store is unchanged.");

        static void CutOff(string file, int bytes)
        {
            using var stream = new FileStream(file, FileMode.Open);
            stream.SetLength(stream.Length - bytes);
        }
    }

    [Test]
    public async Task A_backup_with_another_pepper_is_refused()
    {
        await using var peppered = await TestStore.CreateAsync();
        await EarlierStore.PutIntoAsync(peppered, withPepper: true);

        var other = await CommandRun.WithAsync(_store, [("PEPPER", "ZmVkY2JhOTg3NjU0MzIxMA==")], "restore", peppered.Location);
        var none = await CommandRun.WithAsync(_store, [("PEPPER", EarlierStore.Pepper)], "restore", "b.db");
        var unset = await CommandRun.OnAsync(_store, "restore", peppered.Location);

        other.ExitCode.Should().Be(2);
        other.Output.Should().EndWith($"PEPPER: {peppered.Location} has another pepper. Set PEPPER or PEPPER_FILE to the pepper of the backup, then repeat the command. The store is unchanged.");
        none.ExitCode.Should().Be(2);
        none.Output.Should().EndWith("PEPPER: b.db has no pepper. Unset PEPPER and PEPPER_FILE, then repeat the command. The store is unchanged.");
        unset.ExitCode.Should().Be(0, unset.Output);
        unset.Output.Should().Contain($"{peppered.Location} has a pepper. Set the same PEPPER for dumbkv check and for the server.");
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("PEPPER", EarlierStore.Pepper));
        await EarlierStore.ShouldReadBackAsync(server.Http);
    }

    [Test]
    public async Task A_store_that_is_not_in_a_file_is_refused()
    {
        var memory = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", ":memory:")], "restore", "b.db");
        var postgres = await CommandRun.WithAsync(_store, [("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", "postgres://u:p@127.0.0.1:1/d")], "restore", "b.db");

        memory.Should().Be(new CommandRun(2, "DATABASE_LOCATION: a store in memory cannot be restored. Name the store's file."));
        postgres.ExitCode.Should().Be(2);
        postgres.Output.Should().Contain("pg_restore");
    }

    private async Task ShouldRefuseAsync(string backup, int exitCode, string sentence)
    {
        var run = await CommandRun.OnAsync(_store, "restore", backup);

        run.ExitCode.Should().Be(exitCode, run.Output);
        run.Output.Should().EndWith(sentence);
        Directory.GetFiles(_store.Folder, "*.restor*").Should().BeEmpty();
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_store.Folder, name), text);

    // Uses a separate process, because this one would keep connections to the file that is replaced.
    private async Task SetAsync(string value)
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);
        using var set = await server.Http.PutKvAsync(JsonSerializer.Serialize(new { key = "k", value, overwrite = true }));
        set.EnsureSuccessStatusCode();
        await server.StopAsync();
    }

    private async Task<string> ValueAsync()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);
        return await server.Http.ValueAsync("k");
    }
}
