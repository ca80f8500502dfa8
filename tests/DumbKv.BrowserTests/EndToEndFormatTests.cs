using System.ComponentModel;
using System.Diagnostics;
using DumbKv.TestHarness;

namespace DumbKv.BrowserTests;

/// <summary>The cases in tests/javascript, in Chromium and in Node.js: format E1 with its worked examples, and QR codes.</summary>
public sealed class EndToEndFormatTests() : BrowserTest(StoreKind.Sqlite)
{
    private static readonly string Cases = Path.Combine(Repository.Root, "tests", "javascript");

    [Test]
    public async Task The_page_agrees_with_every_case()
    {
        await Page.RouteAsync("**/e1-cases.mjs", route => route.FulfillAsync(new() { Path = Path.Combine(Cases, "e1-cases.mjs"), ContentType = "text/javascript" }));
        await OpenAsync();
        var vectors = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", "end-to-end-vectors.json"));

        var results = await Page.EvaluateAsync<string[]>(
            """
            async vectors => {
              const [e1, { e1Cases }] = await Promise.all([import("/e1.mjs"), import("/e1-cases.mjs")]);
              const results = [];
              for (const { sentence, run } of e1Cases(e1, JSON.parse(vectors))) {
                results.push(await Promise.resolve().then(run).then(() => "", error => `${sentence}: ${error.message}`));
              }
              return results;
            }
            """,
            vectors);

        results.Should().HaveCountGreaterThan(200);
        results.Where(result => result.Length > 0).Should().BeEmpty();
    }

    [Test]
    public async Task Node_agrees_with_every_case()
    {
        var (exitCode, output) = await RunNodeAsync();

        exitCode.Should().Be(0, "{0}", output);
        output.Should().MatchRegex(@"(?m)^\S+ pass \d{3}");
    }

    private static async Task<(int ExitCode, string Output)> RunNodeAsync()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", ["--test", Cases]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("Node.js is not installed. ./test.sh installs it.");
            throw;
        }
    }
}
