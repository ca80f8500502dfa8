using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>What JavaScript adds to the page, and what it must not leave behind.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.OfThePage))]
public sealed class ScriptTests(StoreKind kind) : BrowserTest(kind)
{
    private ILocator Link => Page.GetByLabel("Link", new() { Exact = true });

    protected override BrowserNewContextOptions ContextOptions => new()
    {
        TimezoneId = "America/New_York",
        Permissions = ["clipboard-read", "clipboard-write"],
    };

    [Test]
    public async Task Nothing_reloads()
    {
        await OpenAsync();
        await Page.EvaluateAsync("window.sameDocument = true");

        await SetAsync("the value");
        await SetAsync("another");
        await PressAsync("Replace it");
        await GetAsync();

        (await Page.EvaluateAsync<bool>("window.sameDocument === true")).Should().BeTrue();
    }

    [Test]
    public async Task A_question_can_be_cancelled()
    {
        await OpenAsync();
        await SetAsync("the value");
        await PressAsync("Delete");

        await Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(Result).ToHaveTextAsync("");
        await Expect(KeyField).ToBeFocusedAsync();
        (await GetAsync()).Should().Be("the value");
    }

    [Test]
    public async Task A_broken_connection_is_explained()
    {
        await OpenAsync();
        await Page.RouteAsync("**/*", route => route.AbortAsync("connectionreset"));

        await KeyField.FillAsync(Key);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Get", Exact = true }).ClickAsync();

        await Expect(Result).ToContainTextAsync("The server could not be reached");
        await Expect(KeyField).ToHaveValueAsync(Key);
    }

    [Test]
    public async Task A_response_that_is_not_a_page_shows_its_detail()
    {
        await OpenAsync();
        await Page.RouteAsync("**/*", route => route.FulfillAsync(new()
        {
            Status = 429,
            ContentType = "application/problem+json",
            Body = """{"detail": "Too many failed reads. Wait a minute."}""",
        }));

        await KeyField.FillAsync(Key);
        await PressAsync("Get");

        await Expect(Result).ToHaveTextAsync("Too many failed reads. Wait a minute.");
    }

    [Test]
    public async Task An_expiry_date_is_in_the_users_own_time_zone()
    {
        await OpenAsync();
        // January of any year: New York is then five hours behind UTC.
        var year = TimeProvider.System.GetUtcNow().Year + 2;
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("On a date");
        await Expect(Page.GetByText("in America/New_York")).ToBeVisibleAsync();
        await Page.GetByLabel("Date and time").FillAsync($"{year}-01-15T20:30");

        await SetAsync("first");
        await Expect(Result.Locator("time")).ToHaveAttributeAsync("datetime", $"{year}-01-16T01:30:00Z");

        // The question repeats the date as it was sent, without a second conversion.
        await SetAsync("second");
        await PressAsync("Replace it");
        await Expect(Result.Locator("time")).ToHaveAttributeAsync("datetime", $"{year}-01-16T01:30:00Z");
    }

    [Test, NonParallelizable] // The browser has one clipboard for all its contexts.
    public async Task The_value_can_be_copied_exactly()
    {
        await OpenAsync();
        await SetAsync("\n two lines \n\tand a tab");
        await GetAsync();

        await Page.GetByRole(AriaRole.Button, new() { Name = "Copy", Exact = true }).ClickAsync();

        await Expect(Page.GetByText("Copied.")).ToBeVisibleAsync();
        (await Page.EvaluateAsync<string>("navigator.clipboard.readText()")).Should().Be("\n two lines \n\tand a tab");
    }

    [Test]
    public async Task A_generated_key_is_long_easy_to_type_and_new_every_time()
    {
        await OpenAsync();

        var keys = await Page.EvaluateAsync<string[]>("""
            () => Array.from({ length: 50 }, () => {
              document.getElementById("make-key").click();
              return document.getElementById("key").value;
            })
            """);

        // 28 characters from an alphabet of 25 are 130 bits.
        keys.Should().OnlyHaveUniqueItems().And.AllSatisfy(key => key.Should().MatchRegex("^([346789abcdefghjkmnpqrtwxy]{4}-){6}[346789abcdefghjkmnpqrtwxy]{4}$"));
        keys.SelectMany(key => key).Distinct().Should().HaveCount(26, "each of the 25 characters, and the hyphen, should occur in 1,400 characters");
    }

    [Test]
    public async Task Bytes_that_would_make_some_characters_likelier_are_not_used()
    {
        await OpenAsync();
        // 250 to 255 would give the first six characters of the alphabet. Then come 0, 1, 2 …
        await Page.EvaluateAsync("""
            () => {
              let next = 250;
              crypto.getRandomValues = array => { array[0] = next++; return array; };
            }
            """);

        await Page.GetByRole(AriaRole.Button, new() { Name = "Generate a key" }).ClickAsync();

        await Expect(KeyField).ToHaveValueAsync("3467-89ab-cdef-ghjk-mnpq-rtwx-y346");
    }

    [Test, NonParallelizable] // The browser has one clipboard for all its contexts.
    public async Task A_link_to_a_stored_value_holds_database_and_key_only_in_its_fragment()
    {
        await OpenAsync();
        var key = Key + "a+b c/ü🔑#&=%.";
        await KeyField.FillAsync(key);
        await DatabaseField.FillAsync("7");
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" })).ToHaveCountAsync(0);
        await ValueField.FillAsync("the value");
        await PressAsync("Set");

        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();

        await Expect(Page.GetByText("Copied.")).ToBeVisibleAsync();
        var link = await Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        link.Should().Be(Home + $"#database=7&key={Key}a%2Bb%20c%2F%C3%BC%F0%9F%94%91%23%26%3D%25%2E");
        await Expect(Link).ToHaveValueAsync(link);
    }

    [Test]
    public async Task A_link_leads_to_the_value_that_was_stored_even_if_the_key_in_the_form_changed()
    {
        await OpenAsync();
        await SetAsync("the value");
        await KeyField.FillAsync("another");

        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();

        await Expect(Link).ToHaveValueAsync(Home + "#database=0&key=" + Key);
    }

    [Test]
    public async Task Opening_a_link_fills_the_form_and_reads_nothing_until_Get_is_pressed()
    {
        var key = Key + "+ü/ #&";
        await OpenAsync();
        await KeyField.FillAsync(key);
        await ValueField.FillAsync("read once");
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("Read once").CheckAsync();
        await PressAsync("Set");
        await Page.GotoAsync("about:blank");
        var posts = 0;
        Page.Request += (_, request) => posts += request.Method == "POST" ? 1 : 0;

        await Page.GotoAsync(Home + "#database=0&key=" + Uri.EscapeDataString(key));

        await Expect(KeyField).ToHaveValueAsync(key);
        await Expect(Result).ToContainTextAsync("Nothing has been read yet");
        await Expect(Result).ToContainTextAsync("in its history");
        await Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        posts.Should().Be(0);

        await PressAsync("Get");
        await PressAsync("Show it");
        (await Shown.EvaluateAsync<string>("element => element.textContent")).Should().Be("read once");
    }

    [Test]
    public async Task An_opened_link_is_removed_from_the_address_and_the_tabs_history_immediately()
    {
        await Page.GotoAsync(Home + "#database=5&key=" + Key);
        await Expect(DatabaseField).ToHaveValueAsync("5");
        await AssertNoTraceOfAsync(Key);

        // The same in a page that is already open.
        await Page.GotoAsync(Home + "#database=6&key=other" + Key);
        await Expect(DatabaseField).ToHaveValueAsync("6");
        await AssertNoTraceOfAsync(Key);
    }

    [TestCase("#database=0&key=%FF", "This link is damaged.", TestName = "{m}(not UTF-8)")]
    [TestCase("#database=0&key=a%0Ab", "line breaks", TestName = "{m}(line breaks)")]
    public async Task A_link_that_cannot_be_opened_is_explained_and_fills_in_no_key(string fragment, string sentence)
    {
        await Page.GotoAsync(Home + fragment);

        await Expect(Result).ToContainTextAsync(sentence);
        await Expect(KeyField).ToHaveValueAsync("");
        await Expect(Page).ToHaveURLAsync(Home);
    }

    [Test]
    public async Task Title_storage_address_and_history_contain_no_key_and_no_value()
    {
        await Page.GotoAsync(Home + "#database=0&key=" + Key);
        await SetAsync(Key + "-value");
        await SetAsync(Key + "-value");
        await PressAsync("Replace it");
        await GetAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();
        await PressAsync("Delete");
        await PressAsync("Delete it");

        await AssertNoTraceOfAsync(Key);
    }

    [Test]
    public async Task The_server_sees_no_key_outside_of_a_body()
    {
        await Page.GotoAsync(Home + "#database=0&key=" + Key);
        await SetAsync(Key + "-value");
        await GetAsync();
        await Page.GotoAsync(Home + "docs");

        Server.SeenOutsideBodies.Should().NotBeEmpty().And.NotContain(seen => seen.Contains(Key, StringComparison.OrdinalIgnoreCase));
    }

    [Test]
    public async Task Leaving_the_page_clears_it()
    {
        await OpenAsync();
        await SetAsync("the value");
        await GetAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();

        // Simulates a browser that keeps the page for its Back button.
        await Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");

        await Expect(KeyField).ToHaveValueAsync("");
        await Expect(ValueField).ToHaveValueAsync("");
        await Expect(Result).ToHaveTextAsync("");
        (await Page.EvaluateAsync<string>("document.documentElement.outerHTML")).Should().NotContain(Key);
        await Expect(Link).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Coming_back_finds_an_empty_form()
    {
        await OpenAsync();
        await SetAsync("the value");

        await Page.GotoAsync(Home + "send");
        await Page.GoBackAsync();

        await Expect(KeyField).ToHaveValueAsync("");
        await Expect(ValueField).ToHaveValueAsync("");
    }

    private async Task AssertNoTraceOfAsync(string secret)
    {
        (await Page.TitleAsync()).Should().Be("DumbKV");
        await Expect(Page).ToHaveURLAsync(Home);

        var kept = await Page.EvaluateAsync<string>("""
            async () => JSON.stringify([
              Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, history.state,
              await indexedDB.databases(), await caches.keys(), window.name,
            ])
            """);
        kept.Should().Be("""[[],[],"",null,[],[],""]""");

        // What the Back and Forward buttons would open. The browser may remember what the user typed into the address bar.
        var tab = await Context.NewCDPSessionAsync(Page);
        var history = await tab.SendAsync("Page.getNavigationHistory");
        history!.Value.GetProperty("entries").EnumerateArray().Select(entry => $"{entry.GetProperty("url")} {entry.GetProperty("title")}")
            .Should().NotContain(entry => entry.Contains(secret));
        await tab.DetachAsync();
    }
}
