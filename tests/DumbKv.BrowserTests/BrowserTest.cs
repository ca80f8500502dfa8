using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using DumbKv.TestHarness;
using Microsoft.Playwright;
using NUnit.Framework.Interfaces;

namespace DumbKv.BrowserTests;

/// <summary>
/// A test with its own browser context, page and key. A console error of the page, including a violation of its content security
/// policy, fails the test. A failed test leaves a screenshot under TestResults and, if DUMBKV_TEST_TRACE is 1, a trace.
/// </summary>
/// <param name="kind">The database of the server.</param>
/// <param name="host">The host name that the browser uses for the server.</param>
public abstract class BrowserTest(StoreKind kind, string host = Chromium.LocalHost)
{
    // Recording takes a quarter of the processor time of these tests, and only a failed test needs it.
    private static readonly bool IsTraced = Environment.GetEnvironmentVariable("DUMBKV_TEST_TRACE") == "1";

    private readonly ConcurrentQueue<string> _complaints = new();

    protected IBrowserContext Context { get; private set; } = null!;

    protected IPage Page { get; private set; } = null!;

    /// <summary>Unique, because the tests share one server.</summary>
    protected string Key { get; } = "key-" + RandomNumberGenerator.GetHexString(24, lowercase: true);

    /// <summary>The server's address, with a slash at the end.</summary>
    protected string Home => HomeAt(host);

    /// <summary>The same address under another host name.</summary>
    protected string HomeAt(string name) => Server.Address.Replace(Chromium.LocalHost, name, StringComparison.Ordinal);

    internal virtual RunningServer Server => Setup.ServerOn(kind);

    protected ILocator KeyField => Page.GetByLabel("Key", new() { Exact = true });

    protected ILocator ValueField => Page.GetByRole(AriaRole.Textbox, new() { Name = "Value" });

    protected ILocator DatabaseField => Page.GetByLabel("Database");

    protected ILocator Result => Page.GetByRole(AriaRole.Region, new() { Name = "Result" });

    protected ILocator Shown => Page.Locator("#shown");

    protected virtual BrowserNewContextOptions ContextOptions => new();

    [SetUp]
    public async Task OpenBrowserAsync()
    {
        Context = await Setup.Browser.NewContextAsync(ContextOptions);
        Context.SetDefaultTimeout(20_000);
        if (IsTraced)
        {
            await Context.Tracing.StartAsync(new() { Screenshots = false, Snapshots = true });
        }

        Page = await Context.NewPageAsync();
        Page.PageError += (_, error) => _complaints.Enqueue(error);
        Page.Console += (_, message) =>
        {
            // The browser logs each page and each request to the API that has a status of 400 or more, or no response. Tests check the responses.
            var isPage = message.Text.StartsWith("Failed to load resource:", StringComparison.Ordinal)
                && (message.Location.StartsWith(Home + ":", StringComparison.Ordinal) || message.Location.StartsWith(Home + "kv:", StringComparison.Ordinal) || message.Location.StartsWith(HomeAt(Chromium.EvilHost) + ":", StringComparison.Ordinal));

            // Over plain http Chromium logs on each page that it ignores this header. It protects the page over https.
            var isIgnoredHeader = message.Text.StartsWith("The Cross-Origin-Opener-Policy header has been ignored", StringComparison.Ordinal);
            if (message.Type == "error" && !isPage && !isIgnoredHeader)
            {
                _complaints.Enqueue(message.Text);
            }
        };
    }

    [TearDown]
    public async Task CloseBrowserAsync()
    {
        var failed = TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed || !_complaints.IsEmpty;
        if (failed)
        {
            var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "TestResults");
            var name = string.Join('_', TestContext.CurrentContext.Test.FullName.Split(Path.GetInvalidFileNameChars()));
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
            if (IsTraced)
            {
                await Context.Tracing.StopAsync(new() { Path = Path.Combine(folder, name + ".zip") });
            }
        }

        await Context.CloseAsync();
        _complaints.Should().BeEmpty("the page writes no error to the console and stays within its content security policy");
    }

    protected Task OpenAsync() => Page.GotoAsync(Home);

    /// <summary>Presses a button that sends a request, and waits until the result is in the page.</summary>
    protected async Task<IResponse> PressAsync(string button)
    {
        var answer = await Page.RunAndWaitForResponseAsync(
            () => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync(),
            response => response.Request.Method == "POST");
        await SettleAsync();
        return answer;
    }

    protected async Task SettleAsync() => await Assertions.Expect(Page.Locator("#result:not([aria-busy]) .notice")).ToBeVisibleAsync();

    protected async Task SetAsync(string value)
    {
        await KeyField.FillAsync(Key);
        await ValueField.FillAsync(value);
        await PressAsync("Set");
    }

    /// <summary>Reads with the page, and returns exactly the characters of the value in the page.</summary>
    protected async Task<string> GetAsync()
    {
        await KeyField.FillAsync(Key);
        await PressAsync("Get");
        return await Shown.EvaluateAsync<string>("element => element.textContent");
    }

    // What a screen reader needs to announce it: the field is invalid, is described by the message, and has the focus.
    protected static async Task ExpectErrorAtAsync(ILocator field, string sentence)
    {
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(field).ToHaveAccessibleDescriptionAsync(new Regex("^" + Regex.Escape(sentence)));
        await Expect(field).ToBeFocusedAsync();
    }

    /// <summary>Only with JavaScript enabled: axe waits with timers, and would never end without it.</summary>
    protected async Task AssertAxeFindsNothingAsync(string state, IPage? page = null)
    {
        var found = await (page ?? Page).RunAxe();
        found.Violations.Select(violation => $"{violation.Id}: {violation.Help} ({string.Join(", ", violation.Nodes.Select(node => node.Target))})")
            .Should().BeEmpty("axe finds nothing while the page shows: {0}", state);
    }

    protected async Task AssertNothingScrollsSidewaysAsync() =>
        (await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).Should().BeTrue();

    protected static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    protected static IPageAssertions Expect(IPage page) => Assertions.Expect(page);
}
