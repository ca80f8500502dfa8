using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The page Values with its script loses neither a read-once value nor typed text, and an edit loses no expiry and no change of others.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.OfThePage))]
public sealed class ValuesPageTests(StoreKind kind) : BrowserTest(kind)
{
    private static readonly HttpClient Http = new();

    protected override BrowserNewContextOptions ContextOptions => new()
    {
        TimezoneId = "America/New_York",
        Permissions = ["clipboard-read", "clipboard-write"],
    };

    private ILocator Editing => Page.GetByText("Set replaces the value only if it was not changed since you read it.");

    [SetUp]
    public Task OpenPageAsync() => OpenAsync();

    [Test]
    public async Task Get_asks_before_it_reads_a_read_once_value_and_can_be_cancelled()
    {
        await StoreAsync(new { key = Key, value = "only once", once = true });
        await KeyField.FillAsync(Key);

        await PressAsync("Get");
        await Button("Cancel").ClickAsync();

        (await PeekAsync()).GetProperty("once").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task A_read_once_value_on_the_screen_is_replaced_only_after_a_question()
    {
        await ShowOnceAsync("only once");

        // The dialog is dismissed.
        await Button("Get").ClickAsync();
        await KeyField.PressAsync("Enter");
        await Page.EvaluateAsync("location.hash = '#database=0&key=another'");
        await Expect(Page).ToHaveURLAsync(Home);
        await Expect(Shown).ToHaveTextAsync("only once");
        await Expect(KeyField).ToHaveValueAsync(Key);

        Page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
        await Button("Get").ClickAsync();
        await Expect(Result).ToContainTextAsync("it was read at");
    }

    [Test]
    public async Task Leaving_the_page_asks_until_the_read_once_value_was_copied()
    {
        await ShowOnceAsync("only once");
        (await AsksBeforeLeavingAsync()).Should().BeTrue();

        await Button("Copy").ClickAsync();

        await Expect(Page.GetByText("Copied.")).ToBeVisibleAsync();
        (await AsksBeforeLeavingAsync()).Should().BeFalse();
    }

    [Test]
    public async Task A_value_that_could_not_be_copied_counts_as_not_saved()
    {
        await ShowOnceAsync("only once");
        await Page.EvaluateAsync("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }");

        await Button("Copy").ClickAsync();

        await Expect(Page.GetByText("Selected. Copy it now.")).ToBeVisibleAsync();
        (await AsksBeforeLeavingAsync()).Should().BeTrue();
        await Page.EvaluateAsync("document.getElementById('shown').dispatchEvent(new ClipboardEvent('copy', { bubbles: true }))");
        (await AsksBeforeLeavingAsync()).Should().BeFalse();
    }

    [Test]
    public async Task Leaving_the_page_asks_while_typed_text_is_not_stored()
    {
        await KeyField.FillAsync(Key);
        (await AsksBeforeLeavingAsync()).Should().BeFalse();

        await ValueField.FillAsync("typed");
        (await AsksBeforeLeavingAsync()).Should().BeTrue();

        await PressAsync("Set");
        (await AsksBeforeLeavingAsync()).Should().BeFalse();
    }

    [Test]
    public async Task Enter_in_a_field_reads_only_while_no_text_is_typed()
    {
        await StoreAsync(new { key = Key, value = "stored" });
        await KeyField.FillAsync(Key);
        await ValueField.FillAsync("typed");

        await KeyField.PressAsync("Enter");
        await Expect(Result).ToContainTextAsync("Press Set to store the value, or Get to read the one under this key.");

        await ValueField.FillAsync("");
        await KeyField.PressAsync("Enter");
        await Expect(Shown).ToHaveTextAsync("stored");
    }

    [Test]
    public async Task An_edit_keeps_the_expiry()
    {
        await StoreAsync(new { key = Key, value = "before", ttl = 30 * 86_400 });
        var expiry = Expiry(await PeekAsync());
        await GetAsync();

        await Button("Edit").ClickAsync();
        await Expect(Editing).ToBeVisibleAsync();
        await Expect(ValueField).ToHaveValueAsync("before");
        await ValueField.FillAsync("after");
        await PressAsync("Set");

        await Expect(Result).ToContainTextAsync("The value is stored.");
        await Expect(Editing).ToBeHiddenAsync();
        Expiry(await PeekAsync()).Should().BeCloseTo(expiry, TimeSpan.FromSeconds(1));
        (await GetAsync()).Should().Be("after");
    }

    [Test]
    public async Task An_edit_of_a_value_that_somebody_else_changed_is_not_stored_and_keeps_the_text()
    {
        await StoreAsync(new { key = Key, value = "before" });
        await GetAsync();
        await Button("Edit").ClickAsync();
        await ValueField.FillAsync("mine");
        await StoreAsync(new { key = Key, value = "theirs", overwrite = true });

        (await PressAsync("Set")).Status.Should().Be(412);

        await Expect(Result).ToContainTextAsync("The value was changed or deleted after you read it, and your edit was not stored.");
        await Expect(ValueField).ToHaveValueAsync("mine");
        (await GetAsync()).Should().Be("theirs");
    }

    [Test]
    public async Task An_edit_asks_before_it_replaces_typed_text_or_a_file()
    {
        await StoreAsync(new { key = Key, value = "stored" });
        await KeyField.FillAsync(Key);
        await PressAsync("Get");
        await ValueField.FillAsync("typed");

        // The dialog is dismissed.
        await Button("Edit").ClickAsync();
        await Expect(ValueField).ToHaveValueAsync("typed");

        await ValueField.FillAsync("");
        await ChooseAsync("a.bin", [0]);
        Page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
        await Button("Edit").ClickAsync();
        await Expect(ValueField).ToHaveValueAsync("stored");
        await Expect(Page.GetByText("a.bin")).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_year_of_five_digits_is_refused_at_its_field()
    {
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("On a date");
        await Page.GetByLabel("Date and time").EvaluateAsync("field => { field.value = '20270-01-15T20:30'; }");

        await SetAsync("the value");

        await ExpectErrorAtAsync(Page.GetByLabel("Date and time"), "Choose a date and time in the future, at most ten years ahead.");
    }

    [Test]
    public async Task An_edit_ends_when_the_key_changes()
    {
        await StoreAsync(new { key = Key, value = "before" });
        await GetAsync();
        await Button("Edit").ClickAsync();

        await KeyField.FillAsync(Key + "-copy");

        await Expect(Editing).ToBeHiddenAsync();
        (await PressAsync("Set")).Status.Should().Be(200);
    }

    [Test]
    public async Task A_file_of_bytes_is_stored_and_downloaded_unchanged()
    {
        byte[] bytes = [0, 255, 13, 10, .. Enumerable.Range(0, 1_000).Select(number => (byte)number)];
        await KeyField.FillAsync(Key);

        await ChooseAsync("cert.p12", bytes);
        await Expect(Page.GetByText("cert.p12, 1 kB")).ToBeVisibleAsync();
        await PressAsync("Set");
        await Expect(ValueField).ToBeVisibleAsync();
        await PressAsync("Get");
        var download = await Page.RunAndWaitForDownloadAsync(() => Button("Download").ClickAsync());

        (await File.ReadAllBytesAsync(await download.PathAsync())).Should().Equal(bytes);
        await Expect(Shown).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_file_replaces_a_value_after_the_question()
    {
        await StoreAsync(new { key = Key, value = "text" });
        await KeyField.FillAsync(Key);
        await ChooseAsync("a.bin", [0, 1, 2]);

        await PressAsync("Set");
        await PressAsync("Replace it");

        await PressAsync("Get");
        await Expect(Result).ToContainTextAsync("binary, 3 bytes");
    }

    [Test]
    public async Task A_text_file_is_put_into_the_field()
    {
        await ChooseAsync("snippet.env", "A=1\nB=ü\n"u8.ToArray());

        await Expect(ValueField).ToHaveValueAsync("A=1\nB=ü\n");
    }

    [Test]
    public async Task A_file_that_is_too_large_is_refused_at_the_field()
    {
        await ChooseAsync("large.iso", new byte[1_048_577]);

        await Expect(Page.Locator("#value-error")).ToHaveTextAsync("This file is too large: 1 MB. This server stores at most 1 MB.");
        await Expect(ValueField).ToBeVisibleAsync();
    }

    [Test]
    public async Task Paper_shows_the_whole_value_dark_on_light()
    {
        await StoreAsync(new { key = Key, value = string.Join('\n', Enumerable.Range(0, 200)) });
        await GetAsync();

        await Page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });

        (await Shown.EvaluateAsync<bool>("element => element.scrollHeight <= element.clientHeight")).Should().BeTrue();
        await Expect(Page.Locator("body")).ToHaveCSSAsync("color", "rgb(27, 34, 48)");
        await Expect(Button("Get")).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_snippet_is_kept_looked_up_changed_and_shared()
    {
        // Somebody keeps a snippet under a key of their own, and comes back for it by a bookmark.
        await SetAsync("select 1;");
        await Button("Get a link").ClickAsync();
        var bookmark = await Page.GetByLabel("Link", new() { Exact = true }).InputValueAsync();
        await Page.GotoAsync("about:blank");
        await Page.GotoAsync(bookmark);
        await PressAsync("Get");
        await Expect(Shown).ToHaveTextAsync("select 1;");

        await Button("Edit").ClickAsync();
        await ValueField.FillAsync("select 2;");
        await PressAsync("Set");

        (await GetAsync()).Should().Be("select 2;");
    }

    [Test]
    public async Task A_token_is_handed_to_a_script()
    {
        // Somebody stores a token under a generated key, and a script reads it with curl.
        await Button("Generate a key").ClickAsync();
        var key = await KeyField.InputValueAsync();
        await ValueField.FillAsync("ghp_token of a service");
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("Read once").CheckAsync();
        await PressAsync("Set");
        await Expect(Result).ToContainTextAsync("The first read deletes it.");

        using var curl = Process.Start(new ProcessStartInfo("curl", ["--silent", "--show-error", "--fail", "--json", "@-", Server.Address + "kv"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await curl.StandardInput.WriteAsync(JsonSerializer.Serialize(new { key }));
        curl.StandardInput.Close();
        var read = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();

        curl.ExitCode.Should().Be(0);
        read.Should().Be("""{"value":"ghp_token of a service"}""");
        (await PressAsync("Get")).Status.Should().Be(410);
        await Expect(Result).ToContainTextAsync("it was read at");
    }

    [Test]
    public async Task A_value_is_looked_up_on_a_phone()
    {
        await StoreAsync(new { key = Key, value = new string('x', 300) });
        await Page.SetViewportSizeAsync(390, 844);
        await Page.GotoAsync($"{Home}#database=0&key={Key}");

        await PressAsync("Get");

        await Expect(Shown).ToBeInViewportAsync();
        await Expect(Button("Copy")).ToBeVisibleAsync();
        await AssertNothingScrollsSidewaysAsync();
        await AssertAxeFindsNothingAsync("a value that was read");
    }

    private async Task ShowOnceAsync(string value)
    {
        await StoreAsync(new { key = Key, value, once = true });
        await KeyField.FillAsync(Key);
        await PressAsync("Get");
        await PressAsync("Show it");
        await Expect(Shown).ToHaveTextAsync(value);
    }

    /// <summary>Whether the browser would ask. The page stays open.</summary>
    private Task<bool> AsksBeforeLeavingAsync() =>
        Page.EvaluateAsync<bool>("() => { const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented; }");

    private Task ChooseAsync(string name, byte[] bytes) =>
        Page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "application/octet-stream", Buffer = bytes });

    private async Task StoreAsync(object body)
    {
        using var answer = await Http.PutAsJsonAsync(Server.Address + "kv", body);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<JsonElement> PeekAsync()
    {
        using var answer = await Http.PostAsJsonAsync(Server.Address + "kv", new { key = Key, peek = true });
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static DateTimeOffset Expiry(JsonElement peeked) => DateTimeOffset.Parse(peeked.GetProperty("expires_at").GetString()!, CultureInfo.InvariantCulture);

    private ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
}
