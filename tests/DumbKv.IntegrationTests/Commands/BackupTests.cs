using System.Runtime.Versioning;
using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv backup</c>. For backups under load see tests/DumbKv.ReliabilityTests.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BackupTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_backup_never_replaces_a_file()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var file = Path.Combine(_store.Folder, "mine.txt");
        await File.WriteAllTextAsync(file, "mine");

        var run = await CommandRun.OnAsync(_store, "backup", file);

        run.Should().Be(new CommandRun(1, $"{file} already exists. Name a new file: a backup never replaces one."));
        (await File.ReadAllTextAsync(file)).Should().Be("mine");
    }

    [Test]
    public async Task A_missing_folder_is_an_error_in_one_line()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var run = await CommandRun.OnAsync(_store, "backup", Path.Combine(_store.Folder, "no", "where.db"));

        run.ExitCode.Should().Be(1);
        run.Output.Should().NotContain("\n").And.EndWith("no does not exist. Create it, or name another place for the backup.");
    }

    [Test]
    public async Task A_file_of_the_store_itself_is_refused()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        foreach (var suffix in new[] { "-journal", "-wal", ".restoring", ".restored", ".lock" })
        {
            var run = await CommandRun.OnAsync(_store, "backup", $"dumbkv.db{suffix}");

            run.Should().Be(new CommandRun(2, $"dumbkv.db{suffix} is a file of the store itself. Name another file for the backup."));
        }
    }

    [Test]
    public async Task A_file_that_is_not_a_store_is_not_backed_up()
    {
        await File.WriteAllTextAsync(_store.Location, string.Empty);
        File.Copy(LegacyData.SqliteFile, Path.Combine(_store.Folder, "original.db"));

        var empty = await CommandRun.OnAsync(_store, "backup", "b.db");
        var original = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "original.db")], "backup", "b.db");

        empty.ExitCode.Should().Be(1);
        empty.Output.Should().EndWith($"{_store.Location} is not a DumbKV store. Name the store's file in DATABASE_LOCATION.");
        original.ExitCode.Should().Be(1);
        original.Output.Should().EndWith("original.db is not a DumbKV store. Name the store's file in DATABASE_LOCATION.");
        File.Exists(Path.Combine(_store.Folder, "b.db")).Should().BeFalse();
    }

    [Test]
    public async Task The_message_about_a_damaged_store_names_the_store_and_not_the_backup()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var damaged = Path.Combine(_store.Folder, "damaged.db");
        await _store.ExecuteAsync($"VACUUM INTO '{damaged}'");
        await using (var file = new FileStream(damaged, FileMode.Open))
        {
            file.Position = 4_096;
            file.Write(RandomNumberGenerator.GetBytes((int)file.Length - 4_096));
        }

        var run = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "damaged.db")], "backup", "b.db");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("damaged.db is damaged").And.NotContain("b.db is damaged");
    }

    [Test]
    public async Task A_folder_that_this_user_cannot_write_to_is_named()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var folder = Directory.CreateDirectory(Path.Combine(_store.Folder, "readable")).FullName;
        foreach (var file in Directory.GetFiles(_store.Folder))
        {
            File.SetUnixFileMode(file, (UnixFileMode)0b_110_110_110);
        }

        File.SetUnixFileMode(_store.Folder, (UnixFileMode)0b_111_111_111);

        var run = await CommandRun.UnderAsync(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"], _store, [], "backup", "readable/b.db");

        run.Should().Be(new CommandRun(1, $"{folder} is not writable for this user. Make it writable, or name another place for the backup."));
    }

    [Test]
    public async Task Nothing_that_was_deleted_or_replaced_is_in_it()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var (kept, deleted, replaced) = (RandomNumberGenerator.GetBytes(3_000), RandomNumberGenerator.GetBytes(3_000), RandomNumberGenerator.GetBytes(3_000));
        foreach (var value in new[] { kept, deleted, replaced })
        {
            await _store.ExecuteAsync($"INSERT INTO entries (database_id, lookup, version, flags, sealed) VALUES (0, randomblob(32), randomblob(12), 0, x'{Convert.ToHexString(value)}')");
        }

        // Without secure_delete, as an earlier version of this server did it.
        await _store.ExecuteAsync($"PRAGMA secure_delete = OFF; DELETE FROM entries WHERE sealed = x'{Convert.ToHexString(deleted)}'");
        await _store.ExecuteAsync($"PRAGMA secure_delete = OFF; UPDATE entries SET sealed = zeroblob(17) WHERE sealed = x'{Convert.ToHexString(replaced)}'");

        var run = await CommandRun.OnAsync(_store, "backup", "b.db");

        run.ExitCode.Should().Be(0, run.Output);
        var backup = await File.ReadAllBytesAsync(Path.Combine(_store.Folder, "b.db"));
        backup.AsSpan().IndexOf(kept).Should().BePositive();
        backup.AsSpan().IndexOf(deleted).Should().Be(-1);
        backup.AsSpan().IndexOf(replaced).Should().Be(-1);
    }

    [Test]
    public async Task It_is_readable_only_by_its_owner_and_on_disk_before_it_appears()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var log = Path.Combine(_store.Folder, "strace.log");
        var run = await CommandRun.UnderAsync(["strace", "-f", "-qq", "-y", "-o", log, "-e", "trace=openat,fsync,rename"], _store, [], "backup", "b.db");

        run.ExitCode.Should().Be(0, run.Output);
        File.GetUnixFileMode(Path.Combine(_store.Folder, "b.db")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var calls = await File.ReadAllLinesAsync(log);
        var renamed = Array.FindIndex(calls, call => call.Contains("rename(", StringComparison.Ordinal) && call.Contains("b.db\"", StringComparison.Ordinal));
        calls[..renamed].Should().Contain(call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains("b.db.partial>", StringComparison.Ordinal));
        calls[renamed..].Should().Contain(call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains($"{_store.Folder}>", StringComparison.Ordinal));
        calls.First(call => call.Contains("b.db.partial\"", StringComparison.Ordinal) && call.Contains("O_CREAT", StringComparison.Ordinal)).Should().Contain("0600");
    }

    [Test]
    public async Task A_PostgreSQL_store_is_backed_up_by_its_own_tools()
    {
        var run = await CommandRun.WithAsync(_store, [("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", "postgres://u:p@127.0.0.1:1/d")], "backup", "b.db");

        run.ExitCode.Should().Be(2);
        run.Output.Should().Contain("pg_dump");
    }
}
