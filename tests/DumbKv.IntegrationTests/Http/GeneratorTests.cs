using System.Diagnostics;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The programs in tests/clients work with the clients that other generators create from the document.</summary>
public sealed class GeneratorTests
{
    [OneTimeSetUp]
    public static void OnlyWhenThereIsTime()
    {
        if (!Rounds.AreLong)
        {
            Assert.Ignore("Takes minutes and installs packages: ./test.sh --long runs it.");
        }
    }

    [TestCase("kiota")]
    [TestCase("typescript")]
    public async Task A_client_of_another_generator_compiles_and_works_on_each_database(string folder)
    {
        var stores = new List<TestStore>();
        var servers = new List<TestServer>();
        try
        {
            foreach (var kind in Stores.All)
            {
                stores.Add(await TestStore.CreateAsync(kind));
                servers.Add(await TestServer.StartAsync(stores[^1]));
            }

            var (exitCode, output) = await RunAsync(folder, servers.Select(server => server.Http.BaseAddress!.ToString()));

            exitCode.Should().Be(0, "{0}", output);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }

            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string folder, IEnumerable<string> urls)
    {
        var script = Path.Combine(Repository.Root, "tests", "clients", folder, "run.sh");
        using var process = Process.Start(new ProcessStartInfo("bash", [script, .. urls]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
