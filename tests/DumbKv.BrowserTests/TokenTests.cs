using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The page of a server that has WRITE_TOKENS, with JavaScript and without.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class TokenTests(bool javaScript) : BrowserTest(StoreKind.Sqlite)
{
    private const string Refusal = "This needs a token, and this one is missing or unknown. Ask the operator of this server for one.";

    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    internal override RunningServer Server => Setup.Guarded;

    private ILocator TokenField => Page.GetByLabel("Token for ");

    [SetUp]
    public Task OpenPageAsync() => OpenAsync();

    [Test]
    public async Task With_a_token_values_are_set_replaced_and_deleted()
    {
        await TokenField.FillAsync(Setup.Tokens[0]);
        await SetAsync("first");
        await Expect(Result).ToContainTextAsync("The value is stored.");

        await SetAsync("second");
        await PressAsync("Replace it");
        (await GetAsync()).Should().Be("second");

        await PressAsync("Delete");
        await PressAsync("Delete it");
        (await PressAsync("Get")).Status.Should().Be(404);
    }

    [TestCase("")]
    [TestCase("nonsense")]
    public async Task Without_a_known_token_the_field_is_marked_and_nothing_changes(string token)
    {
        await StoreAsync("first");
        await TokenField.FillAsync(token);

        await SetAsync("second");
        await ExpectErrorAtAsync(TokenField, Refusal);
        (await PressAsync("Delete")).Status.Should().Be(401);
        await ExpectErrorAtAsync(TokenField, Refusal);

        (await GetAsync()).Should().Be("first");
        await Expect(TokenField).Not.ToHaveAttributeAsync("aria-invalid", "true");
    }

    [Test]
    public async Task A_refused_set_keeps_the_input_and_succeeds_with_a_token()
    {
        await SetAsync("typed once");
        await TokenField.FillAsync(Setup.Tokens[0]);

        (await PressAsync("Set")).Status.Should().Be(200);

        (await GetAsync()).Should().Be("typed once");
    }

    [Test]
    public async Task Reading_needs_no_token()
    {
        await StoreAsync("the value");

        (await GetAsync()).Should().Be("the value");
    }

    [Test]
    public async Task A_question_keeps_the_token_of_the_form()
    {
        await StoreAsync("first");
        await TokenField.FillAsync(Setup.Tokens[0]);
        await SetAsync("second");

        await TokenField.FillAsync("");
        await PressAsync("Replace it");

        (await GetAsync()).Should().Be("second");
    }

    [Test]
    public async Task The_token_is_gone_when_the_page_is_left_and_stored_nowhere()
    {
        await TokenField.FillAsync(Setup.Tokens[0]);
        await SetAsync("the value");
        await Expect(Page).ToHaveURLAsync(Home);
        await Expect(Page).ToHaveTitleAsync("DumbKV");

        await OpenAsync();
        await Expect(TokenField).ToHaveValueAsync("");
        await TokenField.FillAsync(Setup.Tokens[0]);
        await Page.ReloadAsync();
        await Expect(TokenField).ToHaveValueAsync("");
        await TokenField.FillAsync(Setup.Tokens[0]);
        await Page.GotoAsync(Home + "docs");
        await Page.GoBackAsync();
        await Expect(TokenField).ToHaveValueAsync("");

        var another = await Context.NewPageAsync();
        await another.GotoAsync(Home);
        await Expect(another.GetByLabel("Token for ")).ToHaveValueAsync("");
        (await another.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        Server.SeenOutsideBodies.Should().NotContain(line => line.Contains(Setup.Tokens[0]), "no proxy's log contains it");
    }

    [Test]
    public async Task The_browser_neither_stores_nor_shows_the_token()
    {
        // For a password field the browser would offer to save it, with the key as the user name.
        await Expect(Page.Locator("input[type=password]")).ToHaveCountAsync(0);
        await Expect(TokenField).ToHaveCSSAsync("-webkit-text-security", "disc");
        foreach (var (name, value) in new[] { ("autocomplete", "off"), ("spellcheck", "false"), ("autocapitalize", "none"), ("translate", "no") })
        {
            await Expect(TokenField).ToHaveAttributeAsync(name, value);
        }
    }

    [TestCase(360, ColorScheme.Light)]
    [TestCase(360, ColorScheme.Dark)]
    [TestCase(1280, ColorScheme.Light)]
    [TestCase(1280, ColorScheme.Dark)]
    public async Task The_token_field_fits_and_axe_finds_nothing(int width, ColorScheme scheme)
    {
        await Page.SetViewportSizeAsync(width, 800);
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await AssertNothingScrollsSidewaysAsync();

        await TokenField.FillAsync(new string('x', 200));
        await SetAsync("the value");

        await ExpectErrorAtAsync(TokenField, Refusal);
        await AssertNothingScrollsSidewaysAsync();
        if (javaScript)
        {
            await AssertAxeFindsNothingAsync("an error at the token");
        }
    }

    private async Task StoreAsync(string value)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Setup.Tokens[1]);
        (await http.PutAsJsonAsync(Home + "kv", new { key = Key, value })).StatusCode.Should().Be(HttpStatusCode.OK);
    }
}

/// <summary>The same server, for tests that need JavaScript.</summary>
public sealed class TokenScriptTests() : BrowserTest(StoreKind.Sqlite)
{
    internal override RunningServer Server => Setup.Guarded;

    [Test]
    public async Task A_page_that_is_older_than_the_servers_tokens_asks_for_a_reload()
    {
        await OpenAsync();
        await Page.EvaluateAsync("document.getElementById('token').closest('.field').remove()");

        await SetAsync("the value");

        await Expect(Result).ToContainTextAsync("The server's page has changed since you opened this one.");
        await Expect(ValueField).ToHaveValueAsync("the value");
    }
}
