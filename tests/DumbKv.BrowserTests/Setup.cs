using DumbKv.BrowserTests;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;
using Microsoft.Playwright;

// Each test has its own browser context and keys. The tests share one browser, and one server for each database.
[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: LevelOfParallelism(8)]

/// <summary>Starts the servers and the browser once for the whole run.</summary>
[SetUpFixture]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1050", Justification = "Outside of any namespace a SetUpFixture is for the whole assembly.")]
public static class Setup
{
    private static IPlaywright? _playwright;
    private static DirectoryInfo? _folder;

    private static Dictionary<StoreKind, RunningServer> Servers { get; } = [];

    internal static IBrowser Browser { get; private set; } = null!;

    /// <summary>A server with WRITE_TOKENS.</summary>
    internal static RunningServer Guarded { get; private set; } = null!;

    /// <summary>Two tokens that it accepts.</summary>
    internal static string[] Tokens { get; private set; } = [];

    /// <summary>A server with REQUIRE_TOKEN=all.</summary>
    internal static RunningServer Closed { get; private set; } = null!;

    /// <summary>A token of it that may read and write.</summary>
    internal static TestToken Member { get; } = TestToken.Make("member", "\"read\", \"write\"");

    /// <summary>A token of it that may only write, and only in database 0.</summary>
    internal static TestToken Sender { get; } = TestToken.Make("sender", "\"write\"", "0");

    internal static RunningServer ServerOn(StoreKind kind) => Servers[kind];

    [OneTimeSetUp]
    public static async Task StartAsync()
    {
        // Long enough for a busy machine. Nothing waits longer than necessary.
        Assertions.SetDefaultExpectTimeout(20_000);
        foreach (var kind in Stores.All)
        {
            Servers[kind] = await RunningServer.StartAsync(kind);
        }

        var tokens = new[] { AccessToken.Make(), AccessToken.Make() };
        Tokens = [.. tokens.Select(token => token.Token)];
        Guarded = await RunningServer.StartAsync(StoreKind.Sqlite, ("WRITE_TOKENS", string.Join(',', tokens.Select(token => token.Hash))));

        _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        var file = Path.Combine(_folder.FullName, "tokens.json");
        TestToken.Write(file, Member, Sender);
        Closed = await RunningServer.StartAsync(StoreKind.Sqlite, ("TOKENS_FILE", file), ("REQUIRE_TOKEN", "all"));

        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(Chromium.Options());
    }

    [OneTimeTearDown]
    public static async Task StopAsync()
    {
        await Browser.CloseAsync();
        _playwright?.Dispose();
        foreach (var server in Servers.Values.Append(Guarded).Append(Closed))
        {
            await server.DisposeAsync();
        }

        _folder?.Delete(recursive: true);
        await PostgresServer.StopSharedAsync();
    }
}
