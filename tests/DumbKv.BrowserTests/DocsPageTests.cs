using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>A test of the page at /docs.</summary>
public abstract class DocsTest(StoreKind kind) : BrowserTest(kind)
{
    protected Task OpenDocsAsync() => Page.GotoAsync(Home + "docs");

    protected ILocator Operation(string id) => Page.Locator(".operation").Filter(new() { Has = Page.Locator($"h3#{id}") });

    protected ILocator TryIt(string id) => Operation(id).Locator(".try");

    protected ILocator Body(string id) => TryIt(id).GetByLabel("Body in JSON");

    /// <summary>The latest response that "Try it" shows.</summary>
    protected ILocator Answer(string id) => TryIt(id).Locator(".answers .notice").First;

    protected async Task OpenTryItAsync(string id) => await TryIt(id).GetByText("Try it", new() { Exact = true }).ClickAsync();

    protected async Task SendAsync(string id, object? body = null)
    {
        if (body is not null)
        {
            await Body(id).FillAsync(body as string ?? JsonSerializer.Serialize(body));
        }

        var answers = await TryIt(id).Locator(".answers .notice").CountAsync();
        await TryIt(id).GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(TryIt(id).Locator(".answers .notice")).ToHaveCountAsync(answers + 1);
    }

    protected Task OpenAllDetailsAsync() => Page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
}

/// <summary>Look something up, and try it.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class DocsPageTests(StoreKind kind) : DocsTest(kind)
{
    [Test]
    public async Task Each_operation_can_be_tried()
    {
        await OpenDocsAsync();

        await OpenTryItAsync("SetValue");
        await SendAsync("SetValue", new { key = Key, value = "from the docs" });
        await Expect(Answer("SetValue")).ToContainTextAsync("200 OK");
        await Expect(Answer("SetValue")).ToContainTextAsync("etag: \"");
        await Expect(Answer("SetValue")).ToContainTextAsync("""{"status":"success"}""");

        await OpenTryItAsync("GetValue");
        await SendAsync("GetValue", new { key = Key });
        await Expect(Answer("GetValue")).ToContainTextAsync("""{"value":"from the docs"}""");
        await TryIt("GetValue").GetByLabel("Accept").SelectOptionAsync("application/octet-stream");
        await SendAsync("GetValue");
        await Expect(Answer("GetValue").GetByRole(AriaRole.Group, new() { Name = "Body of the response" })).ToHaveTextAsync("from the docs");

        await OpenTryItAsync("DeleteValue");
        await TryIt("DeleteValue").GetByLabel("If-Match").FillAsync("\"AAAAAAAAAAAAAAAA\"");
        await SendAsync("DeleteValue", new { key = Key });
        await Expect(Answer("DeleteValue")).ToContainTextAsync("412 Precondition Failed");
        await TryIt("DeleteValue").GetByLabel("If-Match").FillAsync("");
        await SendAsync("DeleteValue");
        await Expect(Answer("DeleteValue")).ToContainTextAsync("200 OK");
        await SendAsync("GetValue");
        await Expect(Answer("GetValue")).ToContainTextAsync("404 Not Found");
    }

    [Test]
    public async Task The_examples_work_together_under_a_key_of_this_visit()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");
        await OpenTryItAsync("GetValue");
        var key = JsonDocument.Parse(await Body("SetValue").InputValueAsync()).RootElement.GetProperty("key").GetString();
        key.Should().MatchRegex("^try-[0-9a-f]{20}$");

        await SendAsync("SetValue");
        await TryIt("GetValue").GetByLabel("Example").SelectOptionAsync("The metadata of a value, without the value");
        await SendAsync("GetValue");

        await Expect(Answer("GetValue")).ToContainTextAsync("""{"once":false,"size":5}""");
        await Page.ReloadAsync();
        JsonDocument.Parse(await Body("SetValue").InputValueAsync()).RootElement.GetProperty("key").GetString().Should().NotBe(key);
    }

    [Test]
    public async Task A_get_says_that_it_consumes_and_a_second_one_keeps_the_value_on_the_screen()
    {
        using var http = new HttpClient();
        (await http.PutAsJsonAsync(Home + "kv", new { key = Key, value = "only once", once = true })).EnsureSuccessStatusCode();
        await OpenDocsAsync();
        await OpenTryItAsync("GetValue");

        await Expect(Body("GetValue")).ToHaveAccessibleDescriptionAsync(new Regex("Reading a read-once value deletes it from the server"));
        await Body("GetValue").FillAsync($$"""{"key": "{{Key}}"}""");
        await TryIt("GetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).DblClickAsync();
        await Expect(Answer("GetValue")).ToBeVisibleAsync();
        await SendAsync("GetValue");

        await Expect(Answer("GetValue")).ToContainTextAsync("410 Gone");
        await Expect(TryIt("GetValue")).ToContainTextAsync("only once");
    }

    [Test]
    public async Task A_value_is_shown_as_text_and_never_as_markup()
    {
        const string Markup = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
        using var http = new HttpClient();
        (await http.PutAsJsonAsync(Home + "kv", new { key = Key, value = Markup })).EnsureSuccessStatusCode();
        await OpenDocsAsync();
        await OpenTryItAsync("GetValue");
        await TryIt("GetValue").GetByLabel("Accept").SelectOptionAsync("application/octet-stream");

        await SendAsync("GetValue", new { key = Key });

        await Expect(Answer("GetValue").GetByRole(AriaRole.Group, new() { Name = "Body of the response" })).ToHaveTextAsync(Markup);
        await Expect(Answer("GetValue").Locator("img, b")).ToHaveCountAsync(0);
    }

    [TestCase("""{"key": "k",}""", "The body is not valid JSON, so it was not sent.")]
    [TestCase("""{"key": "e1-3467-3467-3467-3467-3467-3467-3467"}""", "This is an end-to-end key, so the page did not send it to the server.")]
    [TestCase("""{"key": "\u00651-3467-3467-3467-3467-3467-3467-3467"}""", "This is an end-to-end key, so the page did not send it to the server.")]
    public async Task A_body_that_should_not_be_sent_is_not(string body, string sentence)
    {
        await OpenDocsAsync();
        var sent = new List<string>();
        Page.Request += (_, request) => sent.Add(request.Method);
        await OpenTryItAsync("SetValue");
        await Body("SetValue").FillAsync(body);

        await TryIt("SetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await ExpectErrorAtAsync(Body("SetValue"), sentence);
        sent.Should().NotContain("PUT");
    }

    [Test]
    public async Task A_server_that_cannot_be_reached_is_reported()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("GetValue");
        await Page.RouteAsync("**/kv", route => route.AbortAsync());

        await TryIt("GetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await Expect(TryIt("GetValue").GetByRole(AriaRole.Status)).ToContainTextAsync("The server could not be reached");
    }

    [Test]
    public async Task Leaving_clears_what_was_typed_and_shown()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");
        await SendAsync("SetValue", new { key = Key, value = "gone after this" });

        await Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide'))");

        await Expect(TryIt("SetValue").Locator(".answers")).ToBeEmptyAsync();
        (await Body("SetValue").InputValueAsync()).Should().NotContain(Key).And.Contain("try-");
        (await Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        Page.Url.Should().Be(Home + "docs");
    }

    [Test]
    public async Task The_keyboard_alone_is_enough()
    {
        await OpenDocsAsync();
        await Operation("SetValue").Locator("#SetValue-507 summary").FocusAsync();

        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Enter");
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Tab");
        await Expect(Body("SetValue")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Enter");

        await Expect(TryIt("SetValue").GetByRole(AriaRole.Status)).ToContainTextAsync("200 OK");
    }

    [Test]
    public async Task The_commands_name_this_server()
    {
        await OpenDocsAsync();

        await Expect(Operation("DeleteValue").Locator(".command")).ToHaveTextAsync(new Regex(Regex.Escape($"curl --request DELETE --json @- {Home}kv") + "$"));
        await Operation("DeleteValue").GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await Expect(Operation("DeleteValue").GetByRole(AriaRole.Button, new() { NameRegex = new("Copied|copy it now") })).ToBeVisibleAsync();
    }

    [TestCase(320)]
    [TestCase(390)]
    [TestCase(768)]
    [TestCase(1280)]
    [TestCase(3840)]
    public async Task Nothing_scrolls_sideways(int width)
    {
        await Page.SetViewportSizeAsync(width, 800);
        await OpenDocsAsync();
        await AssertNothingScrollsSidewaysAsync();

        await OpenAllDetailsAsync();
        await SendAsync("SetValue", new { key = Key, value = new string('x', 500) });
        await SendAsync("GetValue", new { key = Key });

        await AssertNothingScrollsSidewaysAsync();
    }

    [Test]
    public async Task On_paper_every_response_is_open_and_there_is_nothing_to_press()
    {
        await OpenDocsAsync();

        await Page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });

        await Expect(Operation("GetValue").Locator("#GetValue-404 pre")).ToBeVisibleAsync();
        await Expect(Page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Expect(TryIt("GetValue")).ToBeHiddenAsync();
        await Expect(Page.Locator("body")).ToHaveCSSAsync("color", "rgb(27, 34, 48)");
    }
}

/// <summary>A person with a phone looks something up.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class DocsOnAPhoneTests(StoreKind kind) : DocsTest(kind)
{
    protected override BrowserNewContextOptions ContextOptions =>
        new() { ViewportSize = new() { Width = 390, Height = 844 }, DeviceScaleFactor = 3, IsMobile = true, HasTouch = true, ColorScheme = ColorScheme.Dark };

    [Test]
    public async Task What_410_means_is_five_taps_away()
    {
        await OpenAsync();
        await Page.GetByRole(AriaRole.Link, new() { Name = "API docs" }).TapAsync();
        await Expect(Page.GetByRole(AriaRole.Link, new() { Name = "API docs" })).ToHaveAttributeAsync("aria-current", "page");

        await Page.GetByRole(AriaRole.Navigation, new() { Name = "On this page" }).GetByText("GetValue").TapAsync();
        await Expect(Page.Locator("#GetValue")).ToBeInViewportAsync();
        await Operation("GetValue").GetByText("410", new() { Exact = true }).TapAsync();
        var gone = Operation("GetValue").Locator("#GetValue-410");
        await Expect(gone).ToContainTextAsync("The value was read-once, and it was read at 2030-01-31T12:00:00.000Z. It is gone.");
        await gone.GetByRole(AriaRole.Link, new() { Name = "AlreadyReadProblem" }).TapAsync();

        await Expect(Page.Locator("#AlreadyReadProblem")).ToBeInViewportAsync();
        await Expect(Page.GetByRole(AriaRole.Rowheader, new() { Name = "read_at" })).ToBeVisibleAsync();
        (await Page.EvaluateAsync<int>("innerWidth")).Should().Be(390, "the page is laid out for the phone, and not for 980 px");
        await AssertNothingScrollsSidewaysAsync();
        await Expect(Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(18, 22, 31)");
    }

    [Test]
    public async Task A_request_is_tried_with_the_thumb()
    {
        await OpenDocsAsync();

        await TryIt("SetValue").GetByText("Try it", new() { Exact = true }).TapAsync();
        await TryIt("SetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).TapAsync();

        await Expect(Answer("SetValue")).ToContainTextAsync("200 OK");
        await AssertNothingScrollsSidewaysAsync();
    }
}

/// <summary>The page without JavaScript.</summary>
public sealed class DocsWithoutJavaScriptTests() : DocsTest(StoreKind.Sqlite)
{
    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = false };

    [Test]
    public async Task All_can_be_read_and_nothing_that_needs_the_script_is_shown()
    {
        await OpenDocsAsync();

        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "PUT /kv" })).ToBeVisibleAsync();
        await Operation("SetValue").GetByText("409", new() { Exact = true }).ClickAsync();
        await Expect(Operation("SetValue").GetByText("The key already has a value, which was kept. Send").First).ToBeVisibleAsync();
        await Expect(Page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Expect(Page.GetByText("Try it")).ToHaveCountAsync(3);
        await Expect(Page.GetByText("Try it").First).ToBeHiddenAsync();
        await AssertNothingScrollsSidewaysAsync();
    }
}

/// <summary>axe, in light and dark, on a phone and on a desk.</summary>
[TestFixture(ColorScheme.Light, 390)]
[TestFixture(ColorScheme.Dark, 390)]
[TestFixture(ColorScheme.Light, 1280)]
[TestFixture(ColorScheme.Dark, 1280)]
public sealed class DocsAxeTests(ColorScheme scheme, int width) : DocsTest(StoreKind.Sqlite)
{
    protected override BrowserNewContextOptions ContextOptions =>
        new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = width, Height = 800 } };

    internal override RunningServer Server => Setup.Guarded;

    [Test]
    public async Task Axe_finds_nothing_in_any_state_of_the_docs()
    {
        await OpenDocsAsync();
        await AssertAxeFindsNothingAsync("the page as it opens");

        await OpenAllDetailsAsync();
        await SendAsync("GetValue");
        await SendAsync("SetValue");
        await AssertAxeFindsNothingAsync("everything open, two refusals");

        await Body("SetValue").FillAsync("{");
        await TryIt("SetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(Body("SetValue")).ToHaveAttributeAsync("aria-invalid", "true");
        await AssertAxeFindsNothingAsync("an error at the body");
    }
}

/// <summary>The docs of a server that has WRITE_TOKENS.</summary>
public sealed class DocsTokenTests() : DocsTest(StoreKind.Sqlite)
{
    internal override RunningServer Server => Setup.Guarded;

    private ILocator TokenField(string id) => TryIt(id).GetByLabel("Token", new() { Exact = true });

    [Test]
    public async Task A_token_that_was_typed_once_is_sent_with_every_write_and_stored_nowhere()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");
        await SendAsync("SetValue", new { key = Key, value = "from the docs" });
        await Expect(Answer("SetValue")).ToContainTextAsync("401 Unauthorized");

        await TokenField("SetValue").FillAsync(Setup.Tokens[1]);
        await SendAsync("SetValue");
        await Expect(Answer("SetValue")).ToContainTextAsync("200 OK");
        await OpenTryItAsync("DeleteValue");
        await SendAsync("DeleteValue", new { key = Key });
        await Expect(Answer("DeleteValue")).ToContainTextAsync("200 OK");
        await Expect(TryIt("GetValue").Locator("[data-token]")).ToHaveCountAsync(0);

        (await Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        await Page.ReloadAsync();
        await Expect(TokenField("SetValue")).ToHaveValueAsync("");
    }

    [Test]
    public async Task The_token_is_gone_when_the_page_is_left()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");
        await TokenField("SetValue").FillAsync(Setup.Tokens[0]);
        await Expect(TryIt("DeleteValue").Locator("[data-token]")).ToHaveValueAsync(Setup.Tokens[0]);

        await Page.GotoAsync(Home);
        await Page.GoBackAsync();

        await Expect(TryIt("SetValue").Locator("[data-token]")).ToHaveValueAsync("");
        await Expect(TryIt("DeleteValue").Locator("[data-token]")).ToHaveValueAsync("");
    }

    [Test]
    public async Task Only_the_token_fields_are_shown_as_dots()
    {
        await OpenDocsAsync();

        var concealed = await Page.EvaluateAsync<string[]>("""
            Array.from(document.querySelectorAll("body *")).filter(element => getComputedStyle(element).webkitTextSecurity !== "none").map(element => element.tagName)
            """);

        concealed.Should().NotBeEmpty().And.OnlyContain(tag => tag == "INPUT");
    }

    [Test]
    public async Task The_browser_neither_stores_nor_shows_the_token()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");

        await Expect(Page.Locator("input[type=password]")).ToHaveCountAsync(0);
        await Expect(Page.Locator("input[name], textarea[name], select[name]")).ToHaveCountAsync(0);
        await Expect(TokenField("SetValue")).ToHaveCSSAsync("-webkit-text-security", "disc");
        foreach (var (name, value) in new[] { ("autocomplete", "off"), ("spellcheck", "false"), ("autocapitalize", "none"), ("translate", "no") })
        {
            await Expect(TokenField("SetValue")).ToHaveAttributeAsync(name, value);
        }
    }

    [Test]
    public async Task A_token_that_no_header_can_hold_is_refused_at_its_field()
    {
        await OpenDocsAsync();
        await OpenTryItAsync("SetValue");
        await TokenField("SetValue").FillAsync("t\u00f6k\u4e16en");

        await TryIt("SetValue").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await ExpectErrorAtAsync(TokenField("SetValue"), "The header Authorization cannot have these characters, so the request was not sent.");
    }
}
