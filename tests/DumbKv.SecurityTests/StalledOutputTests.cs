using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace DumbKv.SecurityTests;

/// <summary>Standard output and standard error are pipes that are not read, as with a hung log collector or a stopped terminal.</summary>
public sealed partial class StalledOutputTests
{
    // The pipe takes some hundred lines, the buffer 10,000.
    private const int Requests = 6_500;

    [TestCase("text")]
    [TestCase("json")]
    public async Task A_server_whose_output_is_not_read_answers_counts_dropped_lines_and_stops(string format)
    {
        await using var store = await TestStore.CreateAsync();
        using var server = Start(store.Folder, format, out var address);
        try
        {
            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
            await Eventually.HoldsAsync(() => IsHealthyAsync(http));
            (await http.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.OK);

            // Each writes a line of the log and one of the audit log.
            await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
            {
                using var response = await http.PostKvAsync("{}");
                response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            });

            (await http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await http.ValueAsync("k")).Should().Be("v");
            DroppedLines(await http.GetStringAsync("/metrics")).Should().BePositive();

            using var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await server.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
            server.ExitCode.Should().Be(0);
        }
        finally
        {
            if (!server.HasExited)
            {
                server.Kill(entireProcessTree: true);
            }
        }
    }

    [Test]
    public async Task A_server_whose_output_is_read_drops_no_line()
    {
        const int requests = 2_000;
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("AUDIT_LOG", "stdout"), ("LOG_LEVEL", "Debug"));

        for (var request = 0; request < requests; request++)
        {
            using var response = await server.Http.PostKvAsync("{}");
        }

        DroppedLines(await server.Http.GetStringAsync("/metrics")).Should().Be(0);
        await server.StopAsync();
        Regex.Count(server.Output, "\"outcome\":\"malformed\"").Should().Be(requests, "a stop writes what is buffered");
        server.Output.Should().Contain("Stopped after");
    }

    private static async Task<bool> IsHealthyAsync(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Process Start(string folder, string format, out Uri address)
    {
        address = new Uri($"http://127.0.0.1:{LocalPostgres.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [ServerProcess.Program])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = address.ToString(),
                ["AUDIT_LOG"] = "stdout",
                ["LOG_LEVEL"] = "Debug",
                ["LOG_FORMAT"] = format,
                ["MISSES_PER_MINUTE"] = "0",
            },
        };
        start.Environment.Remove("DATABASE_LOCATION");
        return Process.Start(start)!;
    }

    private static long DroppedLines(string metrics) =>
        long.Parse(Dropped().Match(metrics).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^dumbkv_log_lines_dropped_total\{[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Dropped();
}
