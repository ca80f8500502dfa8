using DumbKv.BrowserTests;
using Microsoft.Playwright;

// Each test has a browser context and keys of its own; one server and one browser serve them all.
[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: LevelOfParallelism(4)]

/// <summary>Starts the server and the browser once for the whole run.</summary>
[SetUpFixture]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1050", Justification = "Outside of any namespace a SetUpFixture is for the whole assembly.")]
public static class Setup
{
    private static IPlaywright? _playwright;

    internal static RunningServer Server { get; private set; } = null!;

    internal static IBrowser Browser { get; private set; } = null!;

    [OneTimeSetUp]
    public static async Task StartAsync()
    {
        // Long enough for a busy machine; nothing waits longer than it must.
        Assertions.SetDefaultExpectTimeout(20_000);
        Server = await RunningServer.StartAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(Chromium.Options());
    }

    [OneTimeTearDown]
    public static async Task StopAsync()
    {
        await Browser.CloseAsync();
        _playwright?.Dispose();
        await Server.DisposeAsync();
    }
}
