using System.Net;
using System.Text.Json;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>
/// End-to-end encrypted secrets, sent and opened with the page and with the API, are nowhere on the server: not in its log at its most
/// verbose level, the audit log, traces, metrics, the database's files and rows, or in its memory. The same search finds the key and
/// the value of a plain entry in the memory.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
[Platform("Linux", Reason = "the server's memory is read from /proc")]
public sealed class EndToEndCanaryTests(StoreKind kind)
{
    private readonly Canaries _secrets = new();
    private readonly Evidence _evidence = new();

    [Test]
    public async Task The_server_never_has_a_key_a_name_a_passphrase_or_a_secret()
    {
        var plain = new Canaries();
        await using var store = await WatchedStore.CreateAsync(kind, secrets: new Canaries());
        await using var collector = await OtlpCollector.StartAsync();
        await using (var server = await ServerProcess.StartAsync(
            store.Folder,
            [
                ("DATABASE_TYPE", $"{kind}"), ("DATABASE_LOCATION", store.Location), ("LOG_LEVEL", "Trace"), ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"), .. collector.Settings,
            ]))
        {
            await UseThePageAsync(server.Http.BaseAddress!);
            await UseTheApiAsync(server.Http);
            await server.Http.PutKvAsync(JsonSerializer.Serialize(new { key = plain.Word("the key of a plain entry").Text, value = plain.Word("the value of a plain entry").Text }));

            await _evidence.AddMemoryAsync(server.Id);
            await store.ReadAllAsync(_evidence);
            _evidence.Add("metrics", "for Prometheus", await server.Http.GetStringAsync("/metrics"));
            (await server.StopAsync()).Should().Be(0);
            _evidence.Add("log", "all of it", server.Output);
        }

        _evidence.Add("traces", "all of them", collector.Traces);
        _evidence.Add("metrics", "over OTLP", collector.Metrics);

        collector.Traces.AsSpan().IndexOf("http.route"u8).Should().BePositive("traces should arrive");
        var hits = _evidence.Hits(_secrets);
        var plainHits = _evidence.Hits(plain);
        await TestContext.Progress.WriteLineAsync(
            $"end-to-end canary: {kind}: {_secrets.Count} secrets; bytes searched: {string.Join(", ", _evidence.Sizes().Select(size => $"{size.Place} {size.Bytes}"))}; {hits.Length} hits, {plainHits.Length} of a plain entry");
        hits.Should().BeEmpty();
        plainHits.Should().Contain(hit => hit.StartsWith("memory,") && hit.Contains("the key of")).And.Contain(hit => hit.StartsWith("memory,") && hit.Contains("the value of"), "the search should find what the server had");
    }

    private async Task UseThePageAsync(Uri address)
    {
        await using var context = await Setup.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

        // A text with a passphrase.
        var (text, passphrase) = (_secrets.Word("the text"), _secrets.Word("the passphrase"));
        await page.GotoAsync($"{address}send");
        await page.GetByLabel("Secret", new() { Exact = true }).FillAsync(text.Dressed);
        await Button("Change").ClickAsync();
        await page.GetByLabel("Passphrase").FillAsync(passphrase.Text);
        var link = await CreateLinkAsync();
        await page.GotoAsync(link);
        await page.GetByLabel("Passphrase").FillAsync(_secrets.Word("a wrong passphrase").Text);
        await Button("Continue").ClickAsync();
        await Assertions.Expect(page.GetByText("Wrong passphrase")).ToBeVisibleAsync();
        await page.GetByLabel("Passphrase").FillAsync(passphrase.Text);
        await Button("Continue").ClickAsync();
        await Button("Show the secret").ClickAsync();
        await Assertions.Expect(page.Locator("#secret-text")).ToContainTextAsync(text.Text);
        await Button("Copy").ClickAsync();
        await Assertions.Expect(page.Locator("#saved")).Not.ToBeEmptyAsync();

        // A file that stays, and one that is deleted.
        foreach (var delete in new[] { false, true })
        {
            var (name, content) = (_secrets.Word("the name of a file"), _secrets.Random("the content of a file"));
            await page.GotoAsync($"{address}send");
            await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = name.Text, MimeType = "application/" + _secrets.Word("the type of a file").Text, Buffer = content.Bytes });
            link = await CreateLinkAsync();
            if (delete)
            {
                await Button("Delete it now").ClickAsync();
                await Button("Delete it").ClickAsync();
                await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync("The link no longer works.");
            }
            else
            {
                await page.GotoAsync(link);
                await Assertions.Expect(Button("Show the secret")).ToBeVisibleAsync();
            }
        }

        await page.GotoAsync($"{address}#key={_secrets.Known("a damaged link", "e1-" + _secrets.Word("no key").Text).Text}");
        await Assertions.Expect(page.GetByText("incomplete or damaged")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Values" }).First.ClickAsync();
        var typed = await page.EvaluateAsync<string>("import('/e1.mjs').then(e1 => e1.makeKey())");
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync(_secrets.Known("a key typed into Values", typed).Text);
        await Button("Get").ClickAsync();
        await Assertions.Expect(page.GetByText("so the page did not send it")).ToBeVisibleAsync();

        async Task<string> CreateLinkAsync()
        {
            await Button("Create link").ClickAsync();
            await Button("Has it been read?").ClickAsync();
            await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("Not read yet.");
            await Button("Copy link").ClickAsync();
            await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("link is");
            var made = await page.Locator("#link").InputValueAsync();
            _secrets.Known("the key of a link", made.Split("#key=")[1][..37]);
            return made;
        }
    }

    /// <summary>As another client does, with the module in another page.</summary>
    private async Task UseTheApiAsync(HttpClient http)
    {
        await using var context = await Setup.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{http.BaseAddress}robots.txt");
        var (name, passphrase, content) = (_secrets.Word("the name of an entry"), _secrets.Word("the passphrase of an entry"), _secrets.Word("the content of an entry"));
        var made = await page.EvaluateAsync<string[]>(
            """
            async ([name, passphrase, content]) => {
              const e1 = await import("/e1.mjs");
              const key = e1.makeKey();
              const entry = await e1.derive(`${key}/${name}`, { passphrase });
              const blob = await e1.seal(entry, new TextEncoder().encode(content));
              return [key, entry.entryKey, entry.id, btoa(String.fromCharCode(...blob))];
            }
            """,
            new[] { name.Text, passphrase.Text, content.Text });
        _secrets.Known("the made key", made[0]);
        _secrets.Known("the entry key", made[1]);

        (await http.PutKvAsync(JsonSerializer.Serialize(new { key = made[2], value = made[3], encoding = "base64" }))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.PutKvAsync(JsonSerializer.Serialize(new { key = made[2], value = made[3], encoding = "base64" }))).StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await http.PostKvAsync(JsonSerializer.Serialize(new { key = made[2], peek = true }))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.PostKvAsync(JsonSerializer.Serialize(new { key = made[2] }))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.DeleteKvAsync(JsonSerializer.Serialize(new { key = made[2] }))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.PutKvAsync(JsonSerializer.Serialize(new { key = made[2], value = made[3], encoding = "base64" }))).StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
