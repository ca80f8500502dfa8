using System.Diagnostics;

namespace DumbKv.SecurityTests;

/// <summary>Tools that an attacker would use, on this machine and for half a minute each.</summary>
public sealed class LoadTests : HostileClientTests
{
    [OneTimeSetUp]
    public static void OnlyWhenThereIsTime()
    {
        if (!Rounds.AreLong)
        {
            Assert.Ignore("Takes minutes: ./test.sh --long runs it.");
        }
    }

    [TestCase("-H", "/", TestName = "Slowhttptest_with_slow_headers")]
    [TestCase("-B", "/kv -t PUT -f application/json", TestName = "Slowhttptest_with_slow_bodies")]
    [TestCase("-B", "/", TestName = "Slowhttptest_with_slow_forms")]
    [TestCase("-X", "/docs -k 10 -w 10 -y 20 -z 32 -n 5", TestName = "Slowhttptest_with_slow_reads")]
    [TestCase("-R", "/site.css", TestName = "Slowhttptest_with_many_ranges")]
    public Task A_thousand_connections_of_slowhttptest(string mode, string target) => ShouldServeDuringAsync(() => RunAsync(
        "slowhttptest", $"{mode} -c 1000 -r 200 -i 5 -l 30 -s 8192 -x 10 -p 3 -u {Address.ToString().TrimEnd('/')}{target}"));

    [TestCase("POST", TestName = "Four_times_the_reads_it_can_take")]
    [TestCase("PUT", TestName = "Four_times_the_writes_it_can_take")]
    public Task Four_times_what_it_can_take(string method) => ShouldServeDuringAsync(async () =>
    {
        // The default limit is 256 concurrent requests.
        var body = method == "PUT" ? """'{"key": "' .. n .. '", "value": "v"}'""" : """'{"key": "good"}'""";
        var script = Path.Combine(Folder, "load.lua");
        await File.WriteAllTextAsync(script, $"""
            wrk.method = "{method}"
            wrk.headers["Content-Type"] = "application/json"
            local n = 0
            request = function()
              n = n + 1
              return wrk.format(nil, "/kv", nil, {body})
            end
            """);
        await RunAsync("wrk", $"-t1 -c1024 -d20s -s {script} {Address}");
    });

    private static async Task RunAsync(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, string.Concat(output));
    }
}
