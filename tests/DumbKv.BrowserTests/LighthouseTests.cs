using System.Diagnostics;
using System.Globalization;
using DumbKv.TestHarness;

namespace DumbKv.BrowserTests;

/// <summary>Lighthouse with its settings for a phone: a slow connection and a slow processor.</summary>
[NonParallelizable]
public sealed class LighthouseTests() : SecretTest(StoreKind.Sqlite)
{
    [OneTimeSetUp]
    public static void OnlyWhenThereIsTime()
    {
        if (!Rounds.AreLong)
        {
            Assert.Ignore("Takes a minute and installs packages: ./test.sh --long runs it.");
        }
    }

    [Test]
    public async Task Each_page_has_at_least_95_of_100_points_on_a_phone()
    {
        string[] pages = [Home, SendPage, Home + "docs"];
        string[] addresses = [.. pages, await StoreAsync(Convert.ToBase64String("a secret"u8))];
        using var http = new HttpClient();
        foreach (var address in addresses)
        {
            (await http.GetAsync(address)).EnsureSuccessStatusCode(); // The first request compiles the page's code.
        }

        var lines = await RunAsync(addresses);

        lines.Select(line => line.Split(' ')[0]).Should().Equal([.. pages, Home], "the page removes the key from the address of a link");
        lines.Should().OnlyContain(line => line.Split(' ', StringSplitOptions.None).Skip(1).All(score => int.Parse(score, CultureInfo.InvariantCulture) >= 95));
    }

    private static async Task<string[]> RunAsync(string[] addresses)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "lighthouse", "run.sh"), .. addresses]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Chromium.Options().ExecutablePath is { } browser)
        {
            start.Environment["CHROME_PATH"] = browser;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, "{0}", await errors);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
