using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DumbKv.ReliabilityTests;

/// <summary>Watches the server's system calls: between the last write to the database and a good answer there is an fsync.</summary>
internal static partial class FsyncProof
{
    /// <summary>How many of the sets were answered after an fsync.</summary>
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
        var safe = 0;

        foreach (var call in calls)
        {
            if (WriteToDatabase().IsMatch(call))
            {
                (wrote, synced) = (true, false);
            }
            else if (Synced().IsMatch(call))
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

    [GeneratedRegex(@"\bp?write(64)?\(\d+<[^>]*dumbkv\.db(-wal)?>")]
    private static partial Regex WriteToDatabase();

    // Whole, or the end of a call that another thread's came between.
    [GeneratedRegex(@"\b(fsync|fdatasync)(\(| resumed).*= 0$")]
    private static partial Regex Synced();

    [GeneratedRegex(@"\bsend(to|msg)\(.*""HTTP/1\.1 200")]
    private static partial Regex Answer();
}
