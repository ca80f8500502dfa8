using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Legacy;

/// <summary>
/// The import is killed with SIGKILL between any two steps that it makes durable. strace reports each fsync, and delays the next one
/// long enough for the signal to arrive before it. The next start loses nothing and leaves nothing behind.
/// </summary>
public sealed class UpgradeKillTests
{
    private const string HoldBack = "inject=fsync,fdatasync:delay_enter=40000"; // Microseconds.

    [Test]
    public async Task A_kill_between_any_two_steps_loses_nothing()
    {
        // All steps in a long run. Otherwise each fifth one, beginning at any of the first five.
        var stride = Rounds.Of(5, 1);
        var kills = 0;
        for (var step = RandomNumberGenerator.GetInt32(1, stride + 1); ; step += 2 * stride)
        {
            // Two at a time, one for each core of a small machine.
            var killed = await Task.WhenAll(KillAfterAsync(step), KillAfterAsync(step + stride));
            kills += killed.Count(was => was);
            if (!killed[1])
            {
                break;
            }
        }

        kills.Should().BeGreaterThan(10 / stride, "the migrations, each batch, the VACUUM and the drop are all synced to disk");
    }

    /// <summary>False if the server was ready before it was killed.</summary>
    private static async Task<bool> KillAfterAsync(int steps)
    {
        await using var store = await TestStore.CreateAsync();
        var entries = await LegacyData.PutIntoAsync(store);
        using var log = new TemporaryFile();

        bool killed;
        await using (var server = ServerProcess.LaunchUnder(
            ["strace", "-f", "--seccomp-bpf", "-qq", "-o", log.Path, "-e", "trace=fsync,fdatasync", "-e", HoldBack], store.Folder, []))
        {
            killed = await server.KillWhenAsync(() => log.Lines("= 0") >= steps);
        }

        await using (var again = await TestServer.StartAsync(store))
        {
            await LegacyData.ShouldAllReadBackAsync(again.Http, entries);
        }

        await LegacyData.ShouldHaveLeftNothingInAsync(store.Folder);
        return killed;
    }

    private sealed class TemporaryFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public int Lines(string containing)
        {
            using var reader = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Split('\n').Count(line => line.Contains(containing, StringComparison.Ordinal));
        }

        public void Dispose() => File.Delete(Path);
    }
}
