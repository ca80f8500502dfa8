using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DumbKv.ReliabilityTests;

/// <summary>Traces the server's system calls: after the last write to the WAL there must be an fsync of it before a successful response.</summary>
internal static partial class FsyncProof
{
    /// <summary>The number of sets that were answered after an fsync.</summary>
    public static async Task<int> RunAsync(string[] command, int sets)
    {
        await using var store = await TestStore.CreateAsync();
        var log = Path.Combine(store.Folder, "strace.log");
        string[] watched =
        [
            "strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "16", "-o", log, "-e", "trace=pwrite64,write,fsync,fdatasync,sendto,sendmsg", .. command,
        ];

        int before;
        await using (var server = ServerProcess.Run(watched, store.Folder, []))
        {
            await server.WaitUntilListeningAsync();
            await server.WaitUntilReadyAsync();
            before = File.ReadLines(log).Count();
            for (var number = 0; number < sets; number++)
            {
                using var response = await server.Http.PutKvAsync(JsonSerializer.Serialize(new { key = $"{number}", value = "v" }));
                response.StatusCode.Should().Be(HttpStatusCode.OK);
            }
        }

        return CountSafeAnswers(File.ReadLines(log).Skip(before));
    }

    private static int CountSafeAnswers(IEnumerable<string> calls)
    {
        bool wrote = false, synced = false;
        HashSet<string> syncing = []; // Threads whose fsync began after the last write.
        var safe = 0;

        foreach (var call in calls)
        {
            var thread = call.Split(' ', 2)[0];
            if (WriteToWal().IsMatch(call))
            {
                (wrote, synced) = (true, false);
                syncing.Clear();
            }
            else if (SyncBegins().IsMatch(call))
            {
                syncing.Add(thread);
            }
            else if (Synced().IsMatch(call) || (SyncEnds().IsMatch(call) && syncing.Remove(thread)))
            {
                synced = true;
            }
            else if (Answer().IsMatch(call))
            {
                safe += wrote && synced ? 1 : 0;
                (wrote, synced) = (false, false);
            }
        }

        return safe;
    }

    // Only the WAL counts. Checkpoints write to the file itself at any time.
    [GeneratedRegex(@"\bp?write(64)?\(\d+<[^>]*dumbkv\.db-wal>")]
    private static partial Regex WriteToWal();

    [GeneratedRegex(@"\bf(data)?sync\(\d+<[^>]*dumbkv\.db-wal>\) += 0$")]
    private static partial Regex Synced();

    // A call that was interrupted by another thread's call has two lines.
    [GeneratedRegex(@"\bf(data)?sync\(\d+<[^>]*dumbkv\.db-wal> <unfinished")]
    private static partial Regex SyncBegins();

    [GeneratedRegex(@"\bf(data)?sync resumed>.* = 0$")]
    private static partial Regex SyncEnds();

    [GeneratedRegex(@"\bsend(to|msg)\(.*""HTTP/1\.1 200")]
    private static partial Regex Answer();
}
