using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>Opening an end-to-end link.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class OpenLinkTests(StoreKind kind) : SecretTest(kind)
{
    private const string Worked = "e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw";

    private static readonly Dictionary<string, object> Once = new() { ["once"] = true };

    private ILocator Message => Page.Locator("#opening-message");

    private ILocator PassphraseField => Page.GetByLabel("Passphrase");

    [Test]
    public async Task Opening_says_what_awaits_and_reads_nothing_until_it_is_asked_to()
    {
        var link = await StoreAsync(Base64("the secret"), more: Once);

        await Page.GotoAsync(link);
        await Expect(Message).ToHaveTextAsync("It can be shown once. Showing it deletes it from the server.");
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "Someone sent you a secret" })).ToBeVisibleAsync();
        await Expect(KeyField).ToBeHiddenAsync();
        await Expect(SecretText).ToBeHiddenAsync();

        // Nothing was consumed: another visit finds the same.
        await Page.GotoAsync("about:blank");
        await Page.GotoAsync(link);
        await Expect(Message).ToHaveTextAsync("It can be shown once. Showing it deletes it from the server.");
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("the secret");
        await Expect(Button("Show the secret")).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_secret_without_a_limit_can_be_opened_again()
    {
        var link = await StoreAsync(Base64("for the team"));

        for (var visit = 0; visit < 2; visit++)
        {
            await Page.GotoAsync("about:blank");
            await Page.GotoAsync(link);
            await Expect(Message).ToHaveTextAsync("It can be opened any number of times.");
            await Button("Show the secret").ClickAsync();
            await Expect(SecretText).ToHaveTextAsync("for the team");
            await Expect(Message).ToHaveTextAsync("You can open the link again.");
            await Button("Copy").ClickAsync();
        }
    }

    [Test]
    public async Task A_secret_that_expires_says_when()
    {
        await Page.GotoAsync(await StoreAsync(Base64("x"), more: new() { ["ttl"] = 3_600 }));

        await Expect(Message).ToHaveTextAsync(new Regex("^It can be opened until .*20[0-9][0-9]"));
        await Button("Show the secret").ClickAsync();
        await Expect(Message).ToHaveTextAsync(new Regex("^You can open the link again until "));
    }

    [Test]
    public async Task A_secret_that_was_already_read_says_when()
    {
        var link = await StoreAsync(Base64("first come"), more: Once);
        var first = await OpenElsewhereAsync(link);
        await Page.GotoAsync(link);
        await Expect(Message).ToContainTextAsync("It can be shown once.");
        await Button("Show the secret", first).ClickAsync();
        await Expect(first.Locator("#secret-text")).ToHaveTextAsync("first come");

        // This page still offers it.
        await Button("Show the secret").ClickAsync();
        await Expect(Message).ToHaveTextAsync(new Regex("^This secret was already read on .*20[0-9][0-9]"));
        await Expect(Opening).ToContainTextAsync("If that was not you, tell the sender.");

        var third = await OpenElsewhereAsync(link);
        await Expect(third.Locator("#opening-message")).ToContainTextAsync("This secret was already read on ");
    }

    [Test]
    public async Task A_link_to_nothing_says_so()
    {
        await Page.GotoAsync($"{Home}#key={await NewKeyAsync()}");

        await Expect(Message).ToHaveTextAsync("This link no longer works.");
        await Expect(Opening).ToContainTextAsync("Ask the sender for a new one.");
        await Expect(Button("Show the secret")).ToBeHiddenAsync();
    }

    [TestCase("#key=e1-")]
    [TestCase("#key=" + Worked + "x")]
    [TestCase("#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9cr")]
    [TestCase("#key=" + Worked + "&database=0")]
    [TestCase("#key=" + Worked + "&other=1")]
    [TestCase("#key=" + Worked + "/name")]
    public async Task A_damaged_link_is_explained_and_asks_the_server_nothing(string fragment)
    {
        var requests = 0;
        Page.Request += (_, request) => requests += request.Method == "POST" ? 1 : 0;

        await Page.GotoAsync(Home + fragment);

        await Expect(Message).ToHaveTextAsync("This link is incomplete or damaged.");
        await Expect(Opening).ToContainTextAsync("Nothing has been read.");
        await Expect(Page).ToHaveURLAsync(Home);
        requests.Should().Be(0);
    }

    [Test]
    public async Task A_passphrase_is_asked_for_before_anything_is_looked_up()
    {
        var link = await SendAsync("behind words", () => Page.GetByLabel("Passphrase").FillAsync("école"));
        await Button("Copy link").ClickAsync();
        var requests = 0;
        Page.Request += (_, request) => requests += request.Method == "POST" ? 1 : 0;

        await Page.GotoAsync(link);
        await Expect(Message).ToHaveTextAsync("This secret needs a passphrase.");
        requests.Should().Be(0);
        await Button("Continue").ClickAsync();
        await ExpectErrorAtAsync(PassphraseField, "Type the passphrase.");

        await PassphraseField.FillAsync("wrong");
        await Button("Continue").ClickAsync();
        await ExpectErrorAtAsync(PassphraseField, "Wrong passphrase, or the link no longer works.");

        // Typed on another keyboard, in another form of the same characters.
        await PassphraseField.FillAsync("e\u0301cole");
        await PassphraseField.PressAsync("Enter");
        await Expect(Message).ToHaveTextAsync("It can be shown once. Showing it deletes it from the server.");
        await Expect(PassphraseField).ToBeHiddenAsync();
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("behind words");
    }

    [Test]
    public async Task A_named_entry_in_another_database_opens()
    {
        await Page.GotoAsync(await StoreAsync(Base64("from the API"), name: "/db/password", database: -7));

        await Button("Show the secret").ClickAsync();

        await Expect(SecretText).ToHaveTextAsync("from the API");
    }

    [Test]
    public async Task Text_is_shown_exactly_and_never_as_HTML()
    {
        const string Text = "\n <b>bold</b>\t&amp; \r\n<script>document.title = 'x'</script> \u200e";
        await Page.GotoAsync(await StoreAsync(Base64(Text)));

        await Button("Show the secret").ClickAsync();

        await Expect(SecretText).ToBeVisibleAsync();
        (await SecretText.EvaluateAsync<string>("element => element.textContent")).Should().Be(Text);
        (await Page.TitleAsync()).Should().Be("DumbKV");
    }

    [Test]
    public async Task An_empty_secret_says_that_it_is_empty()
    {
        await Page.GotoAsync(await StoreAsync(""));

        await Button("Show the secret").ClickAsync();

        await Expect(Page.GetByText("The secret is an empty text.")).ToBeVisibleAsync();
        await Expect(Button("Copy")).ToBeHiddenAsync();
    }

    [TestCase("../../.ssh/authorized_keys", "text/html", "authorized_keys")]
    [TestCase("invoice\u202egnp.exe", "image/png", "invoicegnp.exe")]
    [TestCase("C:\\x\\report.html", "text/html", "report.html")]
    [TestCase("..", "image/svg+xml", "secret.bin")]
    public async Task A_file_is_only_offered_for_download_under_a_harmless_name(string name, string type, string offered)
    {
        const string Html = "<!doctype html><script>opener.alert(1)</script>";
        await Page.GotoAsync(await StoreAsync(Base64(Html), new { name, type }));
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToBeHiddenAsync();

        var download = await Page.RunAndWaitForDownloadAsync(() => Button("Download " + offered).ClickAsync());

        download.SuggestedFilename.TrimStart('.').Should().Be(offered);
        (await File.ReadAllTextAsync((await download.PathAsync())!)).Should().Be(Html);
    }

    [Test]
    public async Task Text_with_a_name_is_shown_and_can_be_downloaded()
    {
        await Page.GotoAsync(await StoreAsync(Base64("A=1\n"), new { name = "app.env" }));

        await Button("Show the secret").ClickAsync();

        await Expect(SecretText).ToHaveTextAsync("A=1\n", new() { UseInnerText = true });
        await Expect(Button("Download app.env")).ToBeVisibleAsync();
        await Expect(Button("Copy")).ToBeVisibleAsync();
    }

    [TestCase("a plain value", "text")]
    [TestCase("AQIDBA==", "base64")]
    public async Task An_altered_secret_is_never_shown(string value, string encoding)
    {
        var key = await NewKeyAsync();
        var id = await WithFormatAsync<string>("return (await e1.derive(argument)).id;", key);
        (await Client.PutAsJsonAsync(Home + "kv", new { key = id, value, encoding })).EnsureSuccessStatusCode();
        await Page.GotoAsync($"{Home}#key={key}");

        await Button("Show the secret").ClickAsync();

        await Expect(Message).ToContainTextAsync(encoding == "text" ? "is not an encrypted secret" : "The secret is damaged or was altered, so it is not shown.");
        await Expect(SecretText).ToBeHiddenAsync();
        (await Page.ContentAsync()).Should().NotContain("a plain value");
    }

    [Test]
    public async Task A_lost_response_is_explained_and_can_be_tried_again()
    {
        await Page.GotoAsync(await StoreAsync(Base64("over a bad line")));
        await Expect(Message).ToContainTextAsync("any number of times");
        await Page.RouteAsync("**/kv", route => route.AbortAsync("connectionreset"));

        await Button("Show the secret").ClickAsync();
        await Expect(Message).ToContainTextAsync("The server could not be reached");
        await Page.UnrouteAllAsync();
        await Button("Try again").ClickAsync();
        await Button("Show the secret").ClickAsync();

        await Expect(SecretText).ToHaveTextAsync("over a bad line");
    }

    [Test]
    public async Task A_secret_with_a_passphrase_that_is_deleted_before_it_is_shown_is_gone()
    {
        var link = await SendAsync("the secret", () => Page.GetByLabel("Passphrase").FillAsync("four random words"));
        await Button("Copy link").ClickAsync();
        await Page.GotoAsync(link);
        await Page.GetByLabel("Passphrase").FillAsync("four random words");
        await Button("Continue").ClickAsync();
        await Expect(Button("Show the secret")).ToBeVisibleAsync();
        await Page.RouteAsync("**/kv", route => route.FulfillAsync(new() { Status = 404, ContentType = "application/problem+json", Body = """{"detail": "There is no value."}""" }));

        await Button("Show the secret").ClickAsync();

        await Expect(Message).ToHaveTextAsync("This link no longer works.");
    }

    [Test]
    public async Task Two_quick_presses_read_once()
    {
        var link = await StoreAsync(Base64("once only"), more: Once);
        await Page.GotoAsync(link);
        await Expect(Message).ToContainTextAsync("It can be shown once.");
        var reads = 0;
        Page.Request += (_, request) => reads += request.Method == "POST" ? 1 : 0;

        await Page.EvaluateAsync("() => { const button = document.getElementById('opening-button'); button.click(); button.click(); button.form.requestSubmit(); }");

        await Expect(SecretText).ToHaveTextAsync("once only");
        reads.Should().Be(1);
    }

    [Test]
    public async Task The_key_leaves_the_address_at_once_and_is_stored_nowhere()
    {
        var link = await StoreAsync(Base64("the secret text"));
        var key = link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..];

        await Page.GotoAsync(link);
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToBeVisibleAsync();

        await Expect(Page).ToHaveURLAsync(Home);
        (await Page.TitleAsync()).Should().Be("DumbKV");
        (await Page.ContentAsync()).Should().NotContain(key);
        (await Page.EvaluateAsync<string>("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, history.state, window.name])")).Should().Be("""[[],[],"",null,""]""");
        Server.SeenOutsideBodies.Should().NotContain(seen => seen.Contains(key, StringComparison.Ordinal));

        // Simulates a browser that keeps the page for its Back button.
        await Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        (await Page.ContentAsync()).Should().NotContain("the secret text");
        await Expect(Opening).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_link_opens_in_a_page_that_is_already_open()
    {
        var first = await StoreAsync(Base64("first"));
        var second = await StoreAsync(Base64("second"));
        await Page.GotoAsync(first);
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("first");

        // A question, because the first secret was not copied.
        await FollowAsync(second, accept: false);
        await Expect(SecretText).ToHaveTextAsync("first");
        await Expect(Page).ToHaveURLAsync(Home);
        await FollowAsync(second, accept: true);

        await Expect(Message).ToHaveTextAsync("It can be opened any number of times.");
        (await Page.ContentAsync()).Should().NotContain("first</pre>");
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("second");

        // A plain link fills in the form of Values.
        await FollowAsync($"{Home}#database=0&key=plain", accept: true);
        await Expect(KeyField).ToHaveValueAsync("plain");
        await Expect(Opening).ToBeHiddenAsync();

        async Task FollowAsync(string link, bool accept)
        {
            var asked = new TaskCompletionSource();
            async void Answer(object? sender, IDialog dialog)
            {
                await (accept ? dialog.AcceptAsync() : dialog.DismissAsync());
                asked.SetResult();
            }

            Page.Dialog += Answer;
            await Page.EvaluateAsync("link => { setTimeout(() => { location.href = link; }); }", link);
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
            Page.Dialog -= Answer;
        }
    }

    [Test]
    public async Task The_browser_asks_before_it_loses_a_secret_that_was_not_copied()
    {
        await Page.GotoAsync(await StoreAsync(Base64("do not lose me"), more: Once));
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToBeVisibleAsync();
        var asked = new TaskCompletionSource<string>();
        Page.Dialog += async (_, dialog) =>
        {
            asked.TrySetResult(dialog.Type);
            await dialog.DismissAsync();
        };

        await Page.EvaluateAsync("location.href = '/docs'");

        (await asked.Task.WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("beforeunload");
        await Expect(SecretText).ToHaveTextAsync("do not lose me");
        await Button("Copy").ClickAsync();
        await Expect(Page.Locator("#saved")).ToHaveTextAsync("Selected. Copy it now.", new() { UseInnerText = true });
        await Page.Keyboard.PressAsync("Control+C");
        await Page.GotoAsync(Home + "docs");
        await Expect(Page).ToHaveURLAsync(new Regex("/docs"));
    }

    [Test]
    public async Task Without_the_clipboard_the_secret_is_selected()
    {
        await Page.AddInitScriptAsync("navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'))");
        await Page.GotoAsync(await StoreAsync(Base64("select me")));
        await Button("Show the secret").ClickAsync();

        await Button("Copy").ClickAsync();

        await Expect(Page.Locator("#saved")).ToHaveTextAsync("Selected. Copy it now.");
        (await Page.EvaluateAsync<string>("getSelection().toString()")).Should().Be("select me");
    }

    [TestCase("Get")]
    [TestCase("Set")]
    [TestCase("Delete")]
    public async Task The_form_of_Values_never_sends_an_end_to_end_key(string button)
    {
        var posts = 0;
        Page.Request += (_, request) => posts += request.Method == "POST" ? 1 : 0;
        await OpenAsync();

        foreach (var key in new[] { Worked, Worked + "/name", $"{Home}#key={Worked}" })
        {
            await KeyField.FillAsync(key);
            await Button(button).ClickAsync();
            await Expect(Result).ToContainTextAsync("This is an end-to-end key, so the page did not send it to the server.");
        }

        posts.Should().Be(0);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private Task<string> NewKeyAsync() => WithFormatAsync<string>("return e1.makeKey();");
}
