using System.Diagnostics;
using System.Globalization;

namespace DumbKv.ReliabilityTests;

/// <summary>Readers keep snapshots, and a commit is visible before the write is answered. No reader may notice either.</summary>
public sealed class ReadOrderTests
{
    [Test]
    public async Task Reads_of_one_key_never_go_back_while_a_commit_is_visible_and_not_answered()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder);
        await SetAsync(server, 0);
        using var slow = await SlowDownWriterAsync(server, store);

        // At least so much was seen by reads and writes that have ended.
        long ended = 0;
        long back = 0, reads = 0, writes = 0;
        var enough = Stopwatch.StartNew();
        var length = TimeSpan.FromSeconds(Rounds.Of(3, 60));
        var readers = Enumerable.Range(0, 8).Select(async _ =>
        {
            while (enough.Elapsed < length)
            {
                var least = Interlocked.Read(ref ended);
                var value = long.Parse(await server.Http.ValueAsync("register"), CultureInfo.InvariantCulture);
                RaiseTo(ref ended, value);
                Interlocked.Increment(ref reads);
                Interlocked.Add(ref back, value < least ? 1 : 0);
            }
        });
        var writer = Task.Run(async () =>
        {
            while (enough.Elapsed < length)
            {
                await SetAsync(server, ++writes);
                RaiseTo(ref ended, writes);
            }
        });
        await Task.WhenAll([.. readers, writer]);

        TestContext.Out.WriteLine($"{reads} reads and {writes} writes of one key, each commit held up after it is visible: {back} reads went back");
        writes.Should().BeGreaterThan(10);
        reads.Should().BeGreaterThan(500);
        back.Should().Be(0);
    }

    /// <summary>Each of the writer's calls that lock or unlock the file takes some milliseconds: among them is the one that ends a commit, when the commit is visible already.</summary>
    private static async Task<Process> SlowDownWriterAsync(ServerProcess server, TestStore store)
    {
        var writer = Directory.EnumerateDirectories($"/proc/{server.Id}/task").Single(thread => File.ReadAllText($"{thread}/comm").Trim() == "SQLite writer");
        var trace = Path.Combine(store.Folder, "trace");
        var strace = Process.Start(
            "strace", ["-qq", "-o", trace, "-p", Path.GetFileName(writer), "-e", "trace=fcntl", "-e", "inject=fcntl:delay_exit=3000"]);
        await Until.HoldsAsync(async () =>
        {
            await SetAsync(server, 0);
            return File.Exists(trace) && new FileInfo(trace).Length > 0;
        });
        return strace;
    }

    private static async Task SetAsync(ServerProcess server, long value) =>
        (await server.Http.PutKvAsync($$"""{"key": "register", "value": "{{value}}", "overwrite": true}""")).EnsureSuccessStatusCode();

    private static void RaiseTo(ref long least, long value)
    {
        for (var now = Interlocked.Read(ref least); now < value; now = Interlocked.Read(ref least))
        {
            Interlocked.CompareExchange(ref least, value, now);
        }
    }
}
