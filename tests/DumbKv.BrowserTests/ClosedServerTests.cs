using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The page Values of a server that has REQUIRE_TOKEN=all, with JavaScript and without.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class ClosedServerTests(bool javaScript) : BrowserTest(StoreKind.Sqlite)
{
    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    internal override RunningServer Server => Setup.Closed;

    private ILocator TokenField => Page.GetByLabel("Token for Get, Set and Delete");

    [SetUp]
    public Task OpenPageAsync() => OpenAsync();

    [Test]
    public async Task A_get_needs_a_token_too_and_works_with_one()
    {
        await TokenField.FillAsync(Setup.Member.Token);
        await SetAsync("the value");
        await Expect(Result).ToContainTextAsync("The value is stored.");

        await TokenField.FillAsync("");
        (await PressAsync("Get")).Status.Should().Be(401);
        await ExpectErrorAtAsync(TokenField, "This needs a token, and this one is missing or unknown. Ask the operator of this server for one.");

        await TokenField.FillAsync(Setup.Member.Token);
        (await GetAsync()).Should().Be("the value");
    }

    [Test]
    public async Task A_token_that_does_not_allow_it_says_so_at_its_field()
    {
        await TokenField.FillAsync(Setup.Sender.Token);
        await SetAsync("the value");
        await Expect(Result).ToContainTextAsync("The value is stored.");

        (await PressAsync("Get")).Status.Should().Be(403);
        await ExpectErrorAtAsync(TokenField, "This token does not allow this operation. Ask the operator of this server for one that does.");

        await Page.GetByLabel("Database").FillAsync("1");
        (await PressAsync("Set")).Status.Should().Be(403);
        await ExpectErrorAtAsync(TokenField, "This token does not allow this operation in this database. Ask the operator of this server for one that does.");
    }
}

/// <summary>Sending a secret to someone, on a server that has REQUIRE_TOKEN=all.</summary>
public sealed class ClosedLinkTests() : SecretTest(StoreKind.Sqlite)
{
    internal override RunningServer Server => Setup.Closed;

    private ILocator SenderToken => Page.GetByLabel("Token", new() { Exact = true });

    [Test]
    public async Task A_link_asks_for_a_token_first_and_the_secret_is_not_read_before()
    {
        var page = await OpenElsewhereAsync(await SendOnceAsync("the secret"));
        var (message, token) = (page.Locator("#opening-message"), page.GetByLabel("Token", new() { Exact = true }));

        await Expect(message).ToHaveTextAsync("This server needs a token to open links.");
        await Button("Continue", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("Type the token.");
        await Expect(token).ToBeFocusedAsync();
        await token.FillAsync("\u200bnonsense");
        await Button("Continue", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("This token has characters that no token has. Copy it again.");
        await token.FillAsync("nonsense");
        await Button("Continue", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("This token is unknown or has expired. Ask the operator of this server for one.");
        await token.FillAsync(Setup.Sender.Token);
        await Button("Continue", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("This token does not allow this operation. Ask the operator of this server for one that does.");
        await Expect(token).ToHaveAttributeAsync("aria-invalid", "true");

        await token.FillAsync(Setup.Member.Token);
        await Button("Continue", page).ClickAsync();
        await Expect(message).ToHaveTextAsync("It can be shown once. Showing it deletes it from the server.");
        await Expect(token).ToBeHiddenAsync();
        await Button("Show the secret", page).ClickAsync();
        await Expect(page.Locator("#secret-text")).ToHaveTextAsync("the secret");

        (await page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        await page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        (await page.Locator("#opening-token").InputValueAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task A_token_that_is_refused_between_the_question_and_the_read_is_asked_for_again()
    {
        var page = await OpenElsewhereAsync(await SendOnceAsync("the secret"));
        var token = page.GetByLabel("Token", new() { Exact = true });
        await token.FillAsync(Setup.Member.Token);
        await Button("Continue", page).ClickAsync();
        await Expect(Button("Show the secret", page)).ToBeVisibleAsync();

        await page.Locator("#opening-token").EvaluateAsync("field => field.value = 'revoked'");
        await Button("Show the secret", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("This token is unknown or has expired. Ask the operator of this server for one.");

        await token.FillAsync(Setup.Member.Token);
        await Button("Continue", page).ClickAsync();
        await Button("Show the secret", page).ClickAsync();
        await Expect(page.Locator("#secret-text")).ToHaveTextAsync("the secret");
    }

    [Test]
    public async Task A_link_with_a_passphrase_asks_for_both()
    {
        var link = await SendOnceAsync("the secret", () => Page.GetByLabel("Passphrase").FillAsync("four random words"));
        var page = await OpenElsewhereAsync(link);
        var token = page.GetByLabel("Token", new() { Exact = true });

        await Expect(page.Locator("#opening-message")).ToHaveTextAsync("This secret needs a passphrase, and this server needs a token.");
        await token.FillAsync("nonsense");
        await page.GetByLabel("Passphrase").FillAsync("four random words");
        await Button("Continue", page).ClickAsync();
        await Expect(page.Locator("#opening-token-error")).ToHaveTextAsync("This token is unknown or has expired. Ask the operator of this server for one.");
        await token.FillAsync(Setup.Member.Token);
        await Button("Continue", page).ClickAsync();
        await Button("Show the secret", page).ClickAsync();

        await Expect(page.Locator("#secret-text")).ToHaveTextAsync("the secret");
    }

    [Test]
    public async Task The_sender_learns_that_recipients_need_a_token_and_can_ask_whether_it_was_read()
    {
        await SendOnceAsync("the secret");
        await Expect(Page.Locator("#ready")).ToContainTextAsync("The recipient needs a token of this server too.");

        await Button("Has it been read?").ClickAsync();

        await Expect(Status).ToContainTextAsync("Not read yet.");
    }

    [Test]
    public async Task The_page_with_the_token_field_fits_and_axe_finds_nothing()
    {
        var link = await SendOnceAsync("the secret");
        await Page.SetViewportSizeAsync(360, 800);
        await Page.GotoAsync("about:blank");
        await Page.GotoAsync(link);
        await Button("Continue").ClickAsync();
        await Expect(Page.Locator("#opening-token-error")).ToHaveTextAsync("Type the token.");

        await AssertNothingScrollsSidewaysAsync();
        await AssertAxeFindsNothingAsync("a link that needs a token");
    }

    private async Task<string> SendOnceAsync(string text, Func<Task>? change = null) => await SendAsync(text, async () =>
    {
        await SenderToken.FillAsync(Setup.Member.Token);
        if (change is not null)
        {
            await change();
        }
    });
}
