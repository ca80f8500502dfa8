using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// <c>dumbkv restore</c> is killed before each system call that changes a directory or makes such a change durable. The store is one
/// that a killed server left behind.
/// </summary>
public sealed class RestoreKillTests
{
    private static readonly string[] Companions = [string.Empty, "-wal", "-shm", "-journal"];

    [TestCase("wal")]
    [TestCase("truncate")]
    public async Task A_kill_at_any_step_leaves_the_old_store_or_the_new_one(string journal)
    {
        await using var killed = await TestStore.CreateAsync();
        await KillServerAsync(killed, journal);
        var (backup, old) = (await ContentsAsync(Path.Combine(killed.Folder, "b.db")), await ContentsOfCopyAsync(killed.Location));
        old.Should().NotBe(backup);

        // All calls in a long run. Otherwise each fifth one, beginning at any of the first five.
        var stride = Rounds.Of(5, 1);
        var kills = 0;
        foreach (var call in new[] { "rename", "unlink", "fsync" })
        {
            for (var number = RandomNumberGenerator.GetInt32(1, stride + 1); await KillAsync(killed, journal, call, number, old, backup); number += stride)
            {
                kills++;
            }
        }

        kills.Should().BeGreaterThan(Rounds.Of(0, 10));
        TestContext.Out.WriteLine($"{journal}: {kills} kills of a restore, each with the old store or the new one");
    }

    /// <summary>Kills a server under load until one leaves a hot journal or a WAL behind. A backup was made before.</summary>
    private static async Task KillServerAsync(TestStore store, string journal)
    {
        do
        {
            await using var server = await ServerProcess.StartAsync(store.Folder, ("SQLITE_JOURNAL", journal));
            var ledger = new Ledger();
            using var enough = new CancellationTokenSource();
            var load = ledger.WriteAsync(server.Http, 8, enough.Token);
            await Eventually.HoldsAsync(() => ledger.Count >= 200);
            if (!File.Exists(Path.Combine(store.Folder, "b.db")))
            {
                var made = await CommandRun.OnAsync(store, "backup", "b.db");
                made.ExitCode.Should().Be(0, made.Output);
                var count = ledger.Count;
                await Eventually.HoldsAsync(() => ledger.Count >= count + 100);
            }

            await server.KillAsync();
            await enough.CancelAsync();
            await load;
        }
        while (!TestStore.Companions.Skip(1).Any(suffix => new FileInfo(store.Location + suffix) is { Exists: true, Length: > 0 }));
    }

    /// <summary>False if the restore ended before it made this many of these calls.</summary>
    private static async Task<bool> KillAsync(TestStore killed, string journal, string call, int number, string old, string backup)
    {
        await using var store = await TestStore.CreateAsync();
        foreach (var suffix in Companions.Where(suffix => File.Exists(killed.Location + suffix)))
        {
            File.Copy(killed.Location + suffix, store.Location + suffix);
        }

        File.Copy(Path.Combine(killed.Folder, "b.db"), Path.Combine(store.Folder, "b.db"));
        (string, string)[] settings = [("SQLITE_JOURNAL", journal), ("LOG_LEVEL", "Error")];

        // strace counts the calls of each thread, and one thread makes all of these. With --seccomp-bpf it would not send the signal.
        var run = await CommandRun.UnderAsync(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL:when={number}"], store, settings, "restore", "b.db");
        if (run.ExitCode == 0 || run.Output.Contains("Restored", StringComparison.Ordinal))
        {
            return false;
        }

        var marker = store.Location + ".restoring";
        if (File.Exists(marker))
        {
            var start = await CommandRun.WithAsync(store, settings);
            start.ExitCode.Should().Be(1);
            start.Output.Should().Contain("was interrupted").And.Contain(marker).And.NotContain("\n");
        }
        else
        {
            (await ContentsOfCopyAsync(store.Location)).Should().BeOneOf(old, backup);
        }

        var again = await CommandRun.WithAsync(store, settings, "restore", "b.db");

        again.ExitCode.Should().Be(0, again.Output);
        (await ContentsAsync(store.Location)).Should().Be(backup);
        Directory.GetFiles(store.Folder, "*.restor*").Should().BeEmpty();
        var kept = await Task.WhenAll(Directory.GetFiles(store.Folder, "*.before-restore-*Z").Select(ContentsOfCopyAsync));
        kept.Should().Contain(old, "the old store is kept, with the files that the kill of its server left beside it");
        return true;
    }

    /// <summary>Reads a copy of the store, because opening the store itself would recover it.</summary>
    private static async Task<string> ContentsOfCopyAsync(string file)
    {
        await using var copy = await TestStore.CopyAsync(file);
        return await ContentsAsync(copy.Location);
    }

    /// <summary>A digest of all rows, after SQLite's integrity check.</summary>
    private static async Task<string> ContentsAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadWrite;Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        (await command.ExecuteScalarAsync()).Should().Be("ok");

        command.CommandText = "SELECT lookup, version, sealed FROM entries ORDER BY lookup";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            for (var column = 0; column < reader.FieldCount; column++)
            {
                hash.AppendData((byte[])reader.GetValue(column));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
