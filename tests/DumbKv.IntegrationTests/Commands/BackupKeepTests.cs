using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv backup --keep N DIRECTORY</c>, and a store that is restored from such a directory.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BackupKeepTests
{
    private TestStore _store = null!;
    private string _directory = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        await using (await TestServer.StartAsync(_store))
        {
        }

        _directory = Directory.CreateDirectory(Path.Combine(_store.Folder, "backups")).FullName;
    }

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task The_newest_backups_stay_and_the_others_are_removed()
    {
        var old = Make("dumbkv-20250101T000000.000Z.db", "dumbkv-20250102T000000.000Z.db", "dumbkv-20250103T000000.000Z.db");
        var before = TimeProvider.System.GetUtcNow();

        var run = await KeepAsync(3);

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().EndWith($"Removed {old[0]}.");
        var files = Directory.GetFiles(_directory).Order(StringComparer.Ordinal).ToList();
        files[..2].Should().Equal(old[1], old[2]);
        var made = files[2..].Should().ContainSingle().Subject;
        DateTimeOffset.ParseExact(Path.GetFileName(made), "'dumbkv-'yyyyMMdd'T'HHmmss.fff'Z.db'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            .Should().BeCloseTo(before, TimeSpan.FromSeconds(60), "the time is UTC");
        File.GetUnixFileMode(made).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", made)], "check")).ExitCode.Should().Be(0);
    }

    [Test]
    public async Task Backups_at_the_same_time_get_different_names()
    {
        var runs = await Task.WhenAll(KeepAsync(10), KeepAsync(10), KeepAsync(10));

        runs.Should().OnlyContain(run => run.ExitCode == 0);
        Directory.GetFiles(_directory).Should().HaveCount(3);
    }

    [Test]
    public async Task Only_backups_of_this_store_that_this_command_made_are_removed()
    {
        var kept = Make(
            "notes.txt", "monday.db", "dumbkv-.db", "dumbkv-20250101T000000Z.db", "dumbkv-20250101T000000.000Z.db.bak", "dumbkv-20251301T000000.000Z.db",
            "dumbkv-other-20250101T000000.000Z.db", "other-20250101T000000.000Z.db", "DUMBKV-20250101T000000.000Z.db",
            "dumbkv-20250102T000000.000Z.db", "dumbkv-20250102T000000.000Z.db.lock", "dumbkv-20250103T000000.000Z.db", "dumbkv-20250103T000000.000Z.db-wal");
        File.CreateSymbolicLink(Path.Combine(_directory, "dumbkv-20250104T000000.000Z.db"), kept[0]);
        Directory.CreateDirectory(Path.Combine(_directory, "dumbkv-20250105T000000.000Z.db"));
        Make("dumbkv-20250106T000000.000Z.db");

        var run = await KeepAsync(1);

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Split('\n').Should().ContainSingle(line => line.StartsWith("Removed", StringComparison.Ordinal)).Which.Should().Contain("20250106");
        Directory.GetFileSystemEntries(_directory).Should().HaveCount(kept.Length + 3).And.Contain(kept);
    }

    [Test]
    public async Task After_the_clock_was_set_back_the_new_backup_stays_and_the_later_ones_are_named()
    {
        var later = Make("dumbkv-20990101T000000.000Z.db", "dumbkv-20990102T000000.000Z.db");
        Make("dumbkv-20250101T000000.000Z.db");

        var two = await KeepAsync(2);
        var names = Directory.GetFiles(_directory).Order(StringComparer.Ordinal).ToList();
        var one = await KeepAsync(1);

        two.ExitCode.Should().Be(0, two.Output);
        two.Output.Should().Contain($"{later[1]} has a later time than this backup: the clock was set back.");
        names.Should().HaveCount(2).And.Contain(later[1]);
        one.ExitCode.Should().Be(0, one.Output);
        Directory.GetFiles(_directory).Should().ContainSingle().Which.Should().NotBe(later[1]).And.NotBe(names[0]);
    }

    [Test]
    public async Task A_backup_that_fails_removes_nothing()
    {
        var old = Make("damaged-20250101T000000.000Z.db", "damaged-20250102T000000.000Z.db");
        var damaged = Path.Combine(_store.Folder, "damaged.db");
        await _store.ExecuteAsync($"VACUUM INTO '{damaged}'");
        await using (var file = new FileStream(damaged, FileMode.Open))
        {
            file.Position = 4_096;
            file.Write(RandomNumberGenerator.GetBytes((int)file.Length - 4_096));
        }

        var run = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", damaged)], "backup", "--keep", "1", _directory);

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("is damaged");
        Directory.GetFileSystemEntries(_directory).Should().BeEquivalentTo(old);
    }

    [Test]
    public async Task A_full_disk_removes_nothing()
    {
        var old = Make("dumbkv-20250101T000000.000Z.db");
        await _store.ExecuteAsync("INSERT INTO entries (database_id, lookup, version, flags, sealed) SELECT 0, randomblob(32), randomblob(12), 0, randomblob(6000000)");
        var small = Directory.CreateDirectory(Path.Combine(_store.Folder, "small")).FullName;
        await using var mount = await Mount.InMemoryAsync(small, "8m");
        var oldest = Path.Combine(small, Path.GetFileName(old[0]));
        File.Copy(old[0], oldest);

        var run = await CommandRun.OnAsync(_store, "backup", "--keep", "1", small);

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("is full. Free some space, then try again.");
        Directory.GetFileSystemEntries(small).Should().Equal(oldest);
    }

    [Test]
    public async Task A_directory_that_cannot_be_read_is_named_before_a_backup_is_made()
    {
        foreach (var file in Directory.GetFiles(_store.Folder))
        {
            File.SetUnixFileMode(file, (UnixFileMode)0b_110_110_110);
        }

        File.SetUnixFileMode(_store.Folder, (UnixFileMode)0b_111_111_111);
        File.SetUnixFileMode(_directory, (UnixFileMode)0b_111_011_011);

        var run = await CommandRun.UnderAsync(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"], _store, [], "backup", "--keep", "1", _directory);

        run.Should().Be(new CommandRun(1, $"{_directory} is not readable for this user. Make it readable, or name another directory for the backups."));
        Directory.GetFileSystemEntries(_directory).Should().BeEmpty();
    }

    [TestCase("missing", 1, "missing does not exist. Create it, or name another directory for the backups.")]
    [TestCase("file", 2, "file is a file. Name a directory for the backups, or leave out --keep.")]
    public async Task Something_else_than_a_directory_is_refused(string name, int exitCode, string error)
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "file"), "mine");

        (await CommandRun.OnAsync(_store, "backup", "--keep", "1", name)).Should().Be(new CommandRun(exitCode, error));
    }

    [Test]
    public async Task A_directory_without_keep_is_refused_with_the_option() =>
        (await CommandRun.OnAsync(_store, "backup", "backups")).Should().Be(new CommandRun(
            2, "backups is a directory. Name a new file in it, or let the command name it: dumbkv backup --keep 14 backups"));

    [Test]
    public async Task What_a_killed_command_left_behind_is_removed_after_a_day()
    {
        var partial = Make("dumbkv-20250101T000000.000Z.db.partial", "dumbkv-20250102T000000.000Z.db.partial", "mine.partial");
        File.SetLastWriteTimeUtc(partial[0], DateTimeOffset.UnixEpoch.UtcDateTime);
        File.SetLastWriteTimeUtc(partial[2], DateTimeOffset.UnixEpoch.UtcDateTime);

        (await KeepAsync(1)).ExitCode.Should().Be(0);

        Directory.GetFiles(_directory, "*.partial").Should().BeEquivalentTo(partial[1..], "another command can be writing the young one");
    }

    /// <summary>The drill of docs/admin.md: the disk of the server is lost, and the store is restored from the newest backup.</summary>
    [Test]
    public async Task A_store_that_is_lost_is_restored_with_every_write_before_the_backup()
    {
        var server = await ServerProcess.StartAsync(_store.Folder);
        await using (server)
        {
            for (var number = 0; number < 200; number++)
            {
                (await server.Http.PutKvAsync($$"""{"key": "before {{number}}", "value": "{{number}}"}""")).EnsureSuccessStatusCode();
            }

            (await KeepAsync(2)).ExitCode.Should().Be(0);
            (await server.Http.PutKvAsync("""{"key": "after", "value": "v"}""")).EnsureSuccessStatusCode();
            await server.KillAsync();
        }

        foreach (var file in Directory.GetFiles(_store.Folder, "dumbkv.db*"))
        {
            File.Delete(file);
        }

        var watch = Stopwatch.StartNew();
        var newest = Directory.GetFiles(_directory).Order(StringComparer.Ordinal).Last();
        var restore = await CommandRun.OnAsync(_store, "restore", newest);
        await using var again = await ServerProcess.StartAsync(_store.Folder);
        watch.Stop();

        restore.ExitCode.Should().Be(0, restore.Output);
        for (var number = 0; number < 200; number++)
        {
            (await again.Http.ValueAsync($"before {number}")).Should().Be($"{number}");
        }

        using var after = await again.Http.PostKvAsync("""{"key": "after"}""");
        after.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound, "a backup has what was written before it began");
        (await CommandRun.OnAsync(_store, "check")).ExitCode.Should().Be(0);
        TestContext.Out.WriteLine($"Restored and ready after {watch.Elapsed.TotalSeconds:0.0} s");
    }

    private Task<CommandRun> KeepAsync(int count) => CommandRun.OnAsync(_store, "backup", "--keep", $"{count}", _directory);

    private string[] Make(params string[] names)
    {
        var files = names.Select(name => Path.Combine(_directory, name)).ToArray();
        foreach (var file in files)
        {
            File.WriteAllText(file, "old");
        }

        return files;
    }
}
