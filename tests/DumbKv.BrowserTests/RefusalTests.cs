using System.Net.Http.Json;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>What a user sees at a limit of the server, with and without JavaScript.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class RefusalTests(bool javaScript) : BrowserTest(StoreKind.Sqlite)
{
    private RunningServer _server = null!;

    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    internal override RunningServer Server => _server;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync(StoreKind.Sqlite, ("MISSES_PER_MINUTE", "1"), ("MAX_CONCURRENT_REQUESTS", "1"));
        await OpenAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Too_many_guesses_are_refused_with_the_time_to_wait()
    {
        await KeyField.FillAsync(Key);
        (await PressAsync("Get")).Status.Should().Be(404);

        (await PressAsync("Get")).Status.Should().Be(429);

        await Expect(Result).ToContainTextAsync("Too many reads from your address found no value or are in progress. Try again in ");
        await Expect(KeyField).ToHaveValueAsync(Key);
    }

    [Test]
    public async Task An_overloaded_server_refuses_with_a_page_that_can_send_the_form_again()
    {
        // Another program locks the file, so that a write takes seconds: one of many is processed, and one waits.
        await using var other = new SqliteConnection($"Data Source={_server.StoreLocation};Pooling=false");
        await other.OpenAsync();
        await using var transaction = other.BeginTransaction(deferred: false);
        using var enough = new CancellationTokenSource();
        var crowd = Task.WhenAll(Enumerable.Range(0, 4).Select(number => WriteOverAndOverAsync($"{number}", enough.Token)));
        await KeyField.FillAsync(Key);
        await ValueField.FillAsync("the value");
        const string Sentence = "The server has more to do than it can. Try again in a moment.";

        // A request that arrives between two of them is accepted, and the store reports that it takes too long.
        await Eventually.HoldsAsync(async () =>
        {
            var answer = await Page.RunAndWaitForResponseAsync(
                () => Page.GetByRole(AriaRole.Button, new() { Name = "Set", Exact = true }).ClickAsync(), response => response.Request.Method == "POST");
            answer.Status.Should().Be(503);
            return (await answer.TextAsync()).Contains(Sentence, StringComparison.Ordinal);
        });
        await Expect(Page.GetByText(Sentence)).ToBeVisibleAsync();
        if (javaScript)
        {
            var visitor = await Context.NewPageAsync();
            await Eventually.HoldsAsync(async () => (await visitor.GotoAsync(Home))!.Status == 503);
            await AssertAxeFindsNothingAsync("overload, in the page's place", visitor);
        }

        await enough.CancelAsync();
        await transaction.RollbackAsync();
        await crowd;
        if (javaScript)
        {
            await PressAsync("Set");
        }
        else
        {
            await Page.ReloadAsync();
        }

        await Expect(Result).ToContainTextAsync("The value is stored.");
    }

    private async Task WriteOverAndOverAsync(string key, CancellationToken enough)
    {
        using var http = new HttpClient();
        while (!enough.IsCancellationRequested)
        {
            using var answer = await http.PutAsJsonAsync(Home + "kv", new { key, value = "v" }, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }
}
