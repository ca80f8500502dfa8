using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The page "Send a secret".</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class SendTests(StoreKind kind) : SecretTest(kind)
{
    protected override BrowserNewContextOptions ContextOptions => new() { Permissions = ["clipboard-read", "clipboard-write"] };

    [Test, NonParallelizable] // The browser has one clipboard for all its contexts.
    public async Task Two_clicks_after_pasting_send_a_secret_and_one_opens_it()
    {
        await Page.GotoAsync(SendPage);
        await Expect(Page.Locator("#summary")).ToHaveTextAsync("Expires in 1 day · can be read once · no passphrase");
        await SecretField.FillAsync("hunter2\n\ttwo lines ü🔑");

        await Button("Create link").ClickAsync();
        await Button("Copy link").ClickAsync();

        await Expect(Status).ToHaveTextAsync("The link is copied.");
        var link = await Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        link.Should().MatchRegex($"^{Regex.Escape(Home)}#key=e1(-[346789abcdefghjkmnpqrtwxy]{{4}}){{7}}$").And.Be(await Link.InputValueAsync());
        await Expect(Page.GetByText("Anyone with this link can read the secret, once, until ")).ToBeVisibleAsync();

        await Page.GotoAsync(link);
        await Expect(Opening).ToContainTextAsync("It can be shown once. Showing it deletes it from the server.");
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("hunter2\n\ttwo lines ü🔑", new() { UseInnerText = true });
        await Expect(Opening).ToContainTextAsync("Deleted from the server. Save it before you close this page.");
        await Button("Copy").ClickAsync();
        await Expect(Opening).ToContainTextAsync("Copied.");
        (await Page.EvaluateAsync<string>("navigator.clipboard.readText()")).Should().Be("hunter2\n\ttwo lines ü🔑");
    }

    [Test]
    public async Task A_slow_network_shows_that_it_works_and_makes_one_link()
    {
        await Page.GotoAsync(SendPage);
        var answer = await SlowDownAsync();
        var puts = 0;
        Page.Request += (_, request) => puts += request.Method == "PUT" ? 1 : 0;
        await SecretField.FillAsync(new string('s', 4_000));

        await Page.Locator("#create").DblClickAsync();
        await Expect(Page.Locator("#create")).ToHaveTextAsync("Encrypting and sending…");
        await Expect(Link).ToBeHiddenAsync();
        answer();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "Your link is ready." })).ToBeVisibleAsync();

        puts.Should().Be(1);
    }

    [Test]
    public async Task A_slow_network_reads_a_secret_once()
    {
        var link = await StoreAsync(Convert.ToBase64String(Enumerable.Repeat((byte)'s', 4_000).ToArray()), more: new() { ["once"] = true });
        await Page.GotoAsync(link);
        await Expect(Button("Show the secret")).ToBeVisibleAsync();
        var answer = await SlowDownAsync();

        await Page.Locator("#opening-button").DblClickAsync();
        await Expect(Page.Locator("#opening-button")).ToHaveTextAsync("One moment…");
        answer();

        await Expect(SecretText).ToHaveTextAsync(new string('s', 4_000));
    }

    [Test]
    public async Task Back_and_forward_find_neither_a_link_nor_a_secret()
    {
        var link = await SendAsync("hunter2 of Anna");
        await Button("Copy link").ClickAsync();
        await Page.GotoAsync(link);
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToHaveTextAsync("hunter2 of Anna");
        await Button("Copy").ClickAsync();
        await Page.GotoAsync(Home + "robots.txt");

        await Page.GoBackAsync();
        await Expect(Opening).ToBeHiddenAsync();
        (await Page.ContentAsync()).Should().NotContain("hunter2 of Anna").And.NotContain("e1-");
        await Page.GoBackAsync();
        await Expect(SecretField).ToHaveValueAsync("");
        await Expect(Link).ToBeHiddenAsync();
        await Page.GoForwardAsync();
        (await Page.ContentAsync()).Should().NotContain("hunter2 of Anna").And.NotContain("e1-");
    }

    /// <summary>A phone with a bad connection: half a second for each request, and 20 kB per second.</summary>
    /// <returns>The server answers when it is called.</returns>
    private async Task<Action> SlowDownAsync()
    {
        var isAnswered = new TaskCompletionSource();
        await Page.RouteAsync("**/kv", async route =>
        {
            await isAnswered.Task;
            await route.ContinueAsync();
        });
        var tab = await Context.NewCDPSessionAsync(Page);
        await tab.SendAsync("Network.enable");
        await tab.SendAsync("Network.emulateNetworkConditions", new() { ["offline"] = false, ["latency"] = 500, ["downloadThroughput"] = 20_000, ["uploadThroughput"] = 20_000 });
        return isAnswered.SetResult;
    }

    [Test]
    public async Task The_server_gets_an_id_and_bytes_and_never_the_key_the_passphrase_or_the_secret()
    {
        var bodies = new List<string>();
        Page.Request += (_, request) => bodies.Add($"{request.Method} {request.Url} {request.PostData}");

        var link = await SendAsync("the plain secret", () => Page.GetByLabel("Passphrase").FillAsync("four random words"));
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Not read yet.");
        await Button("Delete it now").ClickAsync();
        await Button("Delete it").ClickAsync();
        await Expect(Status).ToHaveTextAsync("The link no longer works.");

        var sent = bodies.Where(body => !body.StartsWith("GET", StringComparison.Ordinal)).ToList();
        sent.Should().HaveCount(3).And.OnlyContain(body => body.Contains("/kv ", StringComparison.Ordinal));
        using var put = JsonDocument.Parse(sent[0][sent[0].IndexOf('{', StringComparison.Ordinal)..]);
        put.RootElement.GetProperty("key").GetString().Should().MatchRegex("^[A-Za-z0-9_-]{43}$");
        Convert.FromBase64String(put.RootElement.GetProperty("value").GetString()!).Should().HaveCount(285).And.StartWith((byte)1);
        put.RootElement.EnumerateObject().Select(member => member.Name).Should().BeEquivalentTo("key", "value", "encoding", "ttl", "once");
        bodies.Should().NotContain(body => body.Contains("e1-", StringComparison.Ordinal) || body.Contains("plain secret", StringComparison.Ordinal) || body.Contains("random", StringComparison.Ordinal));
        link.Should().EndWith("&passphrase=1");
    }

    [Test]
    public async Task The_link_appears_only_after_the_server_has_stored_the_secret()
    {
        var stored = new TaskCompletionSource();
        await Page.RouteAsync("**/kv", async route =>
        {
            await stored.Task;
            await route.ContinueAsync();
        });
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync("slow");
        await Button("Create link").ClickAsync();
        await Expect(Button("Encrypting and sending…")).ToBeVisibleAsync();
        await Expect(SecretField).ToBeDisabledAsync();
        await Expect(Page.Locator("#ready")).ToBeHiddenAsync();
        (await Link.InputValueAsync()).Should().BeEmpty();

        stored.SetResult();

        await Expect(Link).ToBeVisibleAsync();
        await Expect(Link).ToHaveValueAsync(new Regex("#key=e1-"));
    }

    [Test]
    public async Task A_failed_request_makes_no_link_and_keeps_what_was_typed()
    {
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync("kept");
        await Page.RouteAsync("**/kv", route => route.AbortAsync("connectionreset"));

        await Button("Create link").ClickAsync();

        await Expect(Page.Locator("#error")).ToHaveTextAsync("The server could not be reached, or its response was incomplete. Check the connection and try again. No link was made.");
        await Expect(SecretField).ToHaveValueAsync("kept");
        await Expect(SecretField).ToBeFocusedAsync();
        await Expect(Page.Locator("#ready")).ToBeHiddenAsync();

        await Page.UnrouteAllAsync();
        await CreateLinkAsync();
    }

    [TestCase(507, """{"detail": "The store is full."}""", "The store is full.")]
    [TestCase(502, "<html>", "A proxy responded instead of the server. Try again.")]
    public async Task A_refusal_is_explained(int status, string body, string sentence)
    {
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync("kept");
        await Page.RouteAsync("**/kv", route => route.FulfillAsync(new() { Status = status, ContentType = "application/problem+json", Body = body }));

        await Button("Create link").ClickAsync();

        await Expect(Page.Locator("#error")).ToHaveTextAsync(sentence);
        await Expect(SecretField).ToHaveAccessibleDescriptionAsync(sentence);
    }

    [Test]
    public async Task A_request_that_a_proxy_repeats_makes_one_working_link()
    {
        await Page.RouteAsync("**/kv", async route =>
        {
            if (route.Request.Method == "PUT")
            {
                await route.FetchAsync();
            }

            await route.ContinueAsync();
        });

        var link = await SendAsync("sent twice");
        await Button("Has it been read?").ClickAsync();

        await Expect(Status).ToContainTextAsync("Not read yet.");
        var other = await OpenElsewhereAsync(link);
        await Button("Show the secret", other).ClickAsync();
        await Expect(other.Locator("#secret-text")).ToHaveTextAsync("sent twice");
    }

    [Test]
    public async Task Nothing_is_sent_without_a_secret()
    {
        await Page.GotoAsync(SendPage);

        await Button("Create link").ClickAsync();

        await ExpectErrorAtAsync(SecretField, "Paste or type a secret first, or choose a file.");
        await SecretField.FillAsync("x");
        await Expect(SecretField).Not.ToHaveAttributeAsync("aria-invalid", "true");
    }

    [Test]
    public async Task A_file_is_sent_with_its_name_and_downloaded_unchanged()
    {
        byte[] content = [0, 1, 2, 0x80, 0xff, 0, 0];
        await Page.GotoAsync(SendPage);
        await Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "logo ü.png", MimeType = "image/png", Buffer = content });
        await Expect(Page.Locator("#file-box")).ToContainTextAsync("logo ü.png, 7 bytes");
        await Expect(SecretField).ToBeHiddenAsync();
        var link = await CreateLinkAsync();

        var other = await OpenElsewhereAsync(link);
        await Button("Show the secret", other).ClickAsync();
        await Expect(other.Locator("#secret-text")).ToBeHiddenAsync();
        var download = await other.RunAndWaitForDownloadAsync(() => Button("Download logo ü.png", other).ClickAsync());

        download.SuggestedFilename.Should().Be("logo ü.png");
        (await File.ReadAllBytesAsync((await download.PathAsync())!)).Should().Equal(content);
    }

    [Test]
    public async Task A_file_can_be_dropped_and_removed()
    {
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync("typed before");
        await Page.EvaluateAsync(
            """
            () => {
              const files = new DataTransfer();
              files.items.add(new File(["a\n"], "a.txt", { type: "text/plain" }));
              document.getElementById("secret").dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
            }
            """);
        await Expect(Page.Locator("#file-box")).ToContainTextAsync("a.txt, 2 bytes");

        await Button("Remove").ClickAsync();

        await Expect(SecretField).ToHaveValueAsync("typed before");
        await Expect(SecretField).ToBeFocusedAsync();
    }

    [Test]
    public async Task A_secret_that_does_not_fit_is_refused_before_it_is_sent()
    {
        await Page.GotoAsync(SendPage);
        var requests = 0;
        Page.Request += (_, request) => requests += request.Method == "PUT" ? 1 : 0;
        await Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "n", MimeType = "x/y", Buffer = new byte[1_032_189 - """{"name":"n","type":"x/y"}""".Length + 1] });

        await Button("Create link").ClickAsync();

        await Expect(Page.Locator("#error")).ToHaveTextAsync("This is too large: 1 MB. This server stores at most 1 MB, with the padding that hides the exact size.");
        requests.Should().Be(0);
    }

    [Test]
    public async Task The_largest_secret_is_stored()
    {
        await Page.GotoAsync(SendPage);
        await Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "n", MimeType = "x/y", Buffer = new byte[1_032_189 - """{"name":"n","type":"x/y"}""".Length] });

        var other = await OpenElsewhereAsync(await CreateLinkAsync());

        await Button("Show the secret", other).ClickAsync();
        await Expect(Button("Download n", other)).ToBeVisibleAsync();
    }

    [Test]
    public async Task Expiry_read_once_and_passphrase_are_under_Change()
    {
        await Page.GotoAsync(SendPage);
        await Expect(Page.GetByLabel("The link expires")).ToBeHiddenAsync();
        await SecretField.FillAsync("again and again");

        await Button("Change").ClickAsync();
        await Page.GetByLabel("The link expires").SelectOptionAsync("In 7 days");
        await Page.GetByLabel("Can be read once").UncheckAsync();
        await Page.GetByLabel("Passphrase").FillAsync("e\u0301cole");
        await Expect(Page.Locator("#summary")).ToHaveTextAsync("Expires in 7 days · can be read any number of times · with a passphrase");
        await Button("Done").ClickAsync();
        var link = await CreateLinkAsync();
        await Expect(Page.GetByText("The recipient needs the passphrase too.")).ToBeVisibleAsync();

        var id = await WithFormatAsync<string>("return (await e1.derive(argument, { passphrase: 'é' + 'cole' })).id;", link[(link.IndexOf("key=", StringComparison.Ordinal) + 4)..^"&passphrase=1".Length]);
        using var peek = await Client.PostAsJsonAsync(Home + "kv", new { key = id, peek = true });
        using var metadata = JsonDocument.Parse(await peek.Content.ReadAsStringAsync());
        metadata.RootElement.GetProperty("once").GetBoolean().Should().BeFalse();
        metadata.RootElement.GetProperty("expires_at").GetDateTimeOffset().Should().BeCloseTo(TimeProvider.System.GetUtcNow().AddDays(7), TimeSpan.FromMinutes(5));
    }

    [Test]
    public async Task The_QR_code_contains_the_link()
    {
        var link = await SendAsync("by camera");

        await Button("Show QR code").ClickAsync();
        (await QrCodes.ReadAsync(Page.GetByRole(AriaRole.Img, new() { Name = "QR code of the link" }))).Should().Be(link);
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        (await QrCodes.ReadAsync(Page.GetByRole(AriaRole.Img, new() { Name = "QR code of the link" }))).Should().Be(link);

        await Button("Hide QR code").ClickAsync();
        await Expect(Page.Locator("#qr")).ToBeHiddenAsync();
    }

    [Test]
    public async Task The_sender_sees_whether_the_secret_was_read()
    {
        var link = await SendAsync("read me");
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Not read yet. It can be read until ");

        var other = await OpenElsewhereAsync(link);
        await Button("Show the secret", other).ClickAsync();
        await Expect(other.Locator("#secret-text")).ToHaveTextAsync("read me");
        await Button("Has it been read?").ClickAsync();

        await Expect(Status).ToContainTextAsync("It was read on ");
    }

    [Test]
    public async Task The_sender_sees_that_somebody_replaced_the_secret()
    {
        var link = await SendAsync("mine");
        var id = await IdOfAsync(link);
        (await Client.PutAsJsonAsync(Home + "kv", new { key = id, value = "AQID", encoding = "base64", once = true, overwrite = true })).EnsureSuccessStatusCode();

        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Somebody else who has the link has replaced the secret.");

        (await Client.PostAsJsonAsync(Home + "kv", new { key = id })).EnsureSuccessStatusCode();
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Somebody else who has the link replaced the secret. What was read on ");
    }

    [Test]
    public async Task The_sender_sees_that_the_secret_is_gone()
    {
        var link = await SendAsync("gone", () => Page.GetByLabel("Can be read once").UncheckAsync());
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("It is still there, until ");
        using var request = new HttpRequestMessage(HttpMethod.Delete, Home + "kv") { Content = JsonContent.Create(new { key = await IdOfAsync(link) }) };
        (await Client.SendAsync(request)).EnsureSuccessStatusCode();

        await Button("Has it been read?").ClickAsync();

        await Expect(Status).ToHaveTextAsync("It is no longer on the server: it has expired or was deleted.");
    }

    [Test]
    public async Task The_sender_can_delete_the_secret_after_a_question()
    {
        var link = await SendAsync("a mistake");
        await Button("Delete it now").ClickAsync();
        await Button("Keep it").ClickAsync();
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Not read yet.");

        await Button("Delete it now").ClickAsync();
        await Button("Delete it").ClickAsync();

        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "The secret is deleted." })).ToBeFocusedAsync();
        await Expect(Link).ToBeHiddenAsync();
        using var peek = await Client.PostAsJsonAsync(Home + "kv", new { key = await IdOfAsync(link), peek = true });
        peek.StatusCode.Should().Be(HttpStatusCode.NotFound);

        await Button("Send another").ClickAsync();
        await Expect(SecretField).ToBeFocusedAsync();
        await SecretField.FillAsync("another");
        (await CreateLinkAsync()).Should().NotBe(link);
    }

    [Test]
    public async Task Without_the_clipboard_the_link_is_selected()
    {
        await Page.AddInitScriptAsync("navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'))");
        var link = await SendAsync("select me");

        await Button("Copy link").ClickAsync();

        await Expect(Status).ToHaveTextAsync("The link is selected. Copy it now.");
        (await Page.EvaluateAsync<string>("getSelection().toString()")).Should().Be(link);
    }

    [Test]
    public async Task Two_tabs_send_secrets_that_have_nothing_in_common()
    {
        var first = await SendAsync("first");
        var tab = await Context.NewPageAsync();
        await tab.GotoAsync(SendPage);
        await tab.GetByLabel("Secret", new() { Exact = true }).FillAsync("second");
        await Button("Create link", tab).ClickAsync();
        await Expect(tab.Locator("#link")).ToHaveValueAsync(new Regex("e1-"));

        (await tab.Locator("#link").InputValueAsync()).Should().NotBe(first);
        await Expect(Link).ToHaveValueAsync(first);
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Not read yet.");
    }

    [Test]
    public async Task Leaving_the_page_clears_it_and_stores_nothing()
    {
        var link = await SendAsync("the secret text");
        (await Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        (await Page.TitleAsync()).Should().Be("Send a secret – DumbKV");

        // Simulates a browser that keeps the page for its Back button.
        await Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");

        await Expect(SecretField).ToHaveValueAsync("");
        await Expect(Page.Locator("#ready")).ToBeHiddenAsync();
        (await Link.InputValueAsync()).Should().BeEmpty();
        var key = link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..];
        (await Page.ContentAsync()).Should().NotContain(key).And.NotContain("the secret text");
        Server.SeenOutsideBodies.Should().NotContain(seen => seen.Contains(key, StringComparison.Ordinal));
    }

    [TestCase("typed text")]
    [TestCase("a link that was not copied")]
    public async Task The_browser_asks_before_it_leaves(string what)
    {
        await Page.GotoAsync(SendPage);
        await SecretField.ClickAsync(); // Browsers ask only after the user has done something.
        await SecretField.FillAsync("do not lose me");
        if (what != "typed text")
        {
            await CreateLinkAsync();
        }

        var asked = new TaskCompletionSource<string>();
        Page.Dialog += async (_, dialog) =>
        {
            asked.TrySetResult(dialog.Type);
            await dialog.DismissAsync();
        };
        await Page.EvaluateAsync("location.href = '/docs'");

        (await asked.Task.WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("beforeunload");
    }

    private Task<string> IdOfAsync(string link) =>
        WithFormatAsync<string>("return (await e1.derive(argument)).id;", link[(link.IndexOf("key=", StringComparison.Ordinal) + 4)..]);
}

/// <summary>Where the page cannot encrypt, it says why and offers no form.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class SendIsOffTests(bool javaScript) : SecretTest(StoreKind.Sqlite, javaScript ? Chromium.LanHost : Chromium.LocalHost)
{
    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    [Test]
    public async Task Sending_is_off_and_the_page_says_why()
    {
        await Page.GotoAsync(SendPage);

        var notice = Page.Locator(javaScript ? "#off" : "noscript");
        await Expect(notice).ToBeVisibleAsync();
        (await TextOfAsync(notice)).Should().Contain(javaScript ? "Sending a secret does not work over plain http." : "Sending a secret needs JavaScript, because your browser encrypts it.");
        await Expect(notice.Locator("a")).ToHaveAttributeAsync("href", "/");
        await Expect(SecretField).ToBeHiddenAsync();
        if (javaScript)
        {
            await AssertAxeFindsNothingAsync("sending is off");
        }
    }

    [Test]
    public async Task Opening_is_off_and_the_page_says_why()
    {
        var requests = 0;
        Page.Request += (_, request) => requests += request.Method == "POST" ? 1 : 0;

        await Page.GotoAsync(Home + "#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw");

        var notice = Page.Locator(javaScript ? "#opening" : "noscript");
        await Expect(notice).ToBeVisibleAsync();
        (await TextOfAsync(notice)).Should().Contain(javaScript ? "This link cannot be opened over plain http." : "Links to a secret need JavaScript. Nothing has been opened.");
        requests.Should().Be(0);
    }

    // Playwright does not see the text of a noscript element, although the browser shows it.
    private static Task<string> TextOfAsync(ILocator element) => element.EvaluateAsync<string>("element => element.innerText");
}

/// <summary>A server whose writes require a token.</summary>
public sealed class SendWithTokenTests() : SecretTest(StoreKind.Sqlite)
{
    internal override RunningServer Server => Setup.Guarded;

    private ILocator TokenField => Page.GetByLabel("Token", new() { Exact = true });

    [Test]
    public async Task Sending_needs_a_token_and_keeps_it_for_the_next_secret()
    {
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync("first");
        await Button("Create link").ClickAsync();
        await Expect(Page.Locator("#error")).ToHaveTextAsync("Sending needs a token, and this one is missing or unknown, or has expired. Ask the operator of this server for one.");
        await Expect(TokenField).ToBeFocusedAsync();

        await TokenField.FillAsync(Setup.Tokens[1]);
        await CreateLinkAsync();
        await Button("Delete it now").ClickAsync();
        await Button("Delete it").ClickAsync();
        await Expect(Status).ToHaveTextAsync("The link no longer works.");
        await Button("Send another").ClickAsync();
        await SecretField.FillAsync("second");
        var link = await CreateLinkAsync();

        var other = await OpenElsewhereAsync(link);
        await Button("Show the secret", other).ClickAsync();
        await Expect(other.Locator("#secret-text")).ToHaveTextAsync("second");
        (await Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length")).Should().Be(0);
        await Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        await Expect(TokenField).ToHaveValueAsync("");
    }
}
