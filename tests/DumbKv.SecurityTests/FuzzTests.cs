using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DumbKv.SecurityTests.Fuzzing;

namespace DumbKv.SecurityTests;

/// <summary>Whatever a client sends is the client's fault: no 5xx, no failure in the log, no crash, and stable memory.</summary>
[Platform("Linux", Reason = "the server's memory is read from /proc")]
public sealed class FuzzTests
{
    /// <summary>The seed that a failure names, to repeat it. Otherwise each run has a new seed.</summary>
    private static readonly ulong Seed = ulong.TryParse(Environment.GetEnvironmentVariable("DUMBKV_TEST_FUZZ_SEED"), CultureInfo.InvariantCulture, out var seed)
        ? seed
        : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    [TestCase("", 2_250, 75_000, TestName = "No_request_fails_a_server(without write tokens)")]
    [TestCase(Headers.Token, 750, 25_000, TestName = "No_request_fails_a_server(where writes need a token)")]
    public async Task No_request_fails_a_server(string token, int usual, int release)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(
            store.Folder,
            ("DATABASE_LOCATION", store.Location),
            ("LOG_LEVEL", "Information"),
            ("MAX_VALUE_BYTES", $"{JsonBodies.MaxValueBytes}"),
            ("WRITE_TOKENS", token.Length == 0 ? string.Empty : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))));
        var count = Rounds.Of(usual, release);
        var run = new FuzzRun(server, Seed, count);

        await run.RunAsync();

        await TestContext.Out.WriteLineAsync($"{run}");
        run.Findings.Should().BeEmpty("no request should fail a server, which wrote:\n{0}", server.Output);
        server.HasExited.Should().BeFalse("seed {0} should crash no server, which wrote:\n{1}", Seed, server.Output);
        server.Output.Should().NotContainAny(" ERR ", " FTL ", "   at ", "Exception");
        (await server.Http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        (run.LateBytes - run.EarlyBytes).Should().BeLessThan(64 << 20, "memory should stay flat with seed {0}", Seed);

        // Otherwise the test proves nothing: each part of the server must have been reached, and must have refused requests.
        int[] reached = [200, 400, 404, 405, 415, .. token.Length == 0 ? (int[])[409, 412, 413] : [401]];
        reached.Where(status => run.Statuses.GetValueOrDefault(status) <= count / 5_000).Should().BeEmpty("each of these statuses should occur, but: {0}", run);
    }
}
