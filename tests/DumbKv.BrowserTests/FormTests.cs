using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The page with and without JavaScript, in a secure context and over plain http in a local network.</summary>
[TestFixtureSource(nameof(Browsers))]
public sealed class FormTests(StoreKind kind, string host, bool javaScript) : BrowserTest(kind, host)
{
    private static readonly string[] Hosts = [Chromium.LocalHost, Chromium.LanHost];
    private static readonly bool[] JavaScript = [true, false];

    /// <summary>A long run has all combinations. The usual run has each database, and each host with and without JavaScript.</summary>
    private static IEnumerable<TestFixtureData> Browsers => Rounds.AreLong
        ? from kind in Stores.All
          from host in Hosts
          from javaScript in JavaScript
          select new TestFixtureData(kind, host, javaScript)
        :
        [
            new(StoreKind.Sqlite, Chromium.LocalHost, true),
            new(StoreKind.Sqlite, Chromium.LocalHost, false),
            new(Stores.All.Last(), Chromium.LanHost, true),
            new(StoreKind.Sqlite, Chromium.LanHost, false),
        ];

    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    [SetUp]
    public Task OpenPageAsync() => OpenAsync();

    [Test]
    public async Task A_value_that_was_set_can_be_read()
    {
        await SetAsync("the value");
        await Expect(Result).ToContainTextAsync("The value is stored.");

        (await GetAsync()).Should().Be("the value");
    }

    [Test]
    public async Task A_value_is_shown_at_once()
    {
        await SetAsync("the value");
        await GetAsync();

        await Expect(Shown).ToBeVisibleAsync();
    }

    [Test]
    public async Task Overwriting_asks_first_and_keeps_the_value_until_the_answer()
    {
        await SetAsync("first");

        await SetAsync("second");
        await Expect(Result).ToContainTextAsync("Replace it?");
        (await GetAsync()).Should().Be("first");

        await SetAsync("second");
        await PressAsync("Replace it");
        (await GetAsync()).Should().Be("second");
    }

    [Test]
    public async Task Confirming_an_overwrite_writes_the_value_that_the_question_was_about()
    {
        await SetAsync("first");
        await SetAsync("\n a \"quoted\" <value>\twith tabs\u0085and\u2028more");

        await ValueField.FillAsync("something else");
        await PressAsync("Replace it");

        (await GetAsync()).Should().Be("\n a \"quoted\" <value>\twith tabs\u0085and\u2028more");
    }

    [Test]
    public async Task Deleting_asks_first()
    {
        await SetAsync("the value");

        await PressAsync("Delete");
        await Expect(Result).ToContainTextAsync("Delete the value under this key?");
        (await GetAsync()).Should().Be("the value");

        await PressAsync("Delete");
        await PressAsync("Delete it");
        await Expect(Result).ToContainTextAsync("There is no value under this key now.");
        (await PressAsync("Get")).Status.Should().Be(404);
    }

    [Test]
    public async Task Databases_are_kept_apart()
    {
        await SetAsync("in database 0");

        await DatabaseField.FillAsync("9999999");
        var answer = await PressAsync("Get");

        answer.Status.Should().Be(404);
        await Expect(Result).ToContainTextAsync("There is no value under this key in this database.");
    }

    [Test]
    public async Task A_stored_value_shows_its_expiry_and_version_when_set_and_when_read()
    {
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("In 1 hour");
        var before = TimeProvider.System.GetUtcNow();
        await SetAsync("the value");

        var expires = await Result.Locator("time").GetAttributeAsync("datetime");
        var version = await Result.Locator("code").InnerTextAsync();
        DateTimeOffset.Parse(expires!, CultureInfo.InvariantCulture).Should().BeCloseTo(before.AddHours(1), TimeSpan.FromSeconds(30));
        version.Should().MatchRegex("^[A-Za-z0-9_-]{16}$");

        await GetAsync();
        (await Result.Locator("time").GetAttributeAsync("datetime")).Should().Be(expires);
        (await Result.Locator("code").InnerTextAsync()).Should().Be(version);
    }

    [Test]
    public async Task An_expiry_date_in_the_past_is_refused_at_its_field()
    {
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("On a date");
        await Page.GetByLabel("Date and time").FillAsync("2001-02-03T04:05");

        await SetAsync("the value");

        await ExpectErrorAtAsync(Page.GetByLabel("Date and time"), "Choose a date and time in the future, at most ten years ahead.");
        (await PressAsync("Get")).Status.Should().Be(404);
    }

    [Test]
    public async Task A_read_once_value_is_deleted_when_the_user_asks_to_show_it()
    {
        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("Read once").CheckAsync();
        await SetAsync("the value");
        await Expect(Result).ToContainTextAsync("The first read deletes it.");

        await PressAsync("Get");
        await Expect(Result).ToContainTextAsync("This value can be read once. Reading it deletes it from the server.");
        (await PressAsync("Show it")).Status.Should().Be(200);
        await Expect(Shown).ToHaveTextAsync("the value");
        await Expect(Result).ToContainTextAsync("so the server has deleted it");

        await OpenAsync();
        await KeyField.FillAsync(Key);
        (await PressAsync("Get")).Status.Should().Be(410);
        await Expect(Result).ToContainTextAsync("The value was read-once, and it was read at ");
    }

    [Test]
    public async Task A_double_click_on_Get_and_on_Show_it_loses_no_read_once_value()
    {
        // On a busy machine the second click can come too late to be a double click. Then it is done again.
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await OpenAsync();
            await StoreAsync(new { key = Key, value = "only once", once = true, overwrite = true });
            await KeyField.FillAsync(Key);

            await Page.GetByRole(AriaRole.Button, new() { Name = "Get", Exact = true }).DblClickAsync();
            var show = Page.GetByRole(AriaRole.Button, new() { Name = "Show it" });
            await Expect(show).ToBeVisibleAsync();

            var since = Stopwatch.GetTimestamp();
            await show.DblClickAsync(new() { Delay = 60 });
            if (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(0.5))
            {
                break;
            }

            await Expect(show).ToBeHiddenAsync();
        }

        await Expect(Shown).ToHaveTextAsync("only once");
        await Expect(Result).ToContainTextAsync("so the server has deleted it");
    }

    [Test]
    public async Task The_question_about_an_overwrite_names_the_expiry_of_the_new_value()
    {
        await SetAsync("first");
        await SetAsync("second");
        await Expect(Result).ToContainTextAsync("The new value expires never", new() { UseInnerText = false });

        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("In 1 hour");
        await Page.GetByLabel("Read once").CheckAsync();
        await SetAsync("third");

        DateTimeOffset.Parse((await Result.Locator("time").GetAttributeAsync("datetime"))!, CultureInfo.InvariantCulture)
            .Should().BeCloseTo(TimeProvider.System.GetUtcNow().AddHours(1), TimeSpan.FromSeconds(30));
        await Expect(Result).ToContainTextAsync("once");
    }

    [Test]
    public async Task An_empty_value_and_a_short_key_are_remarked_on()
    {
        await SetAsync("");
        await Expect(Result).ToContainTextAsync("The value is empty.");
        await Expect(Result).Not.ToContainTextAsync("may be guessed");

        await KeyField.FillAsync(Key[^8..]);
        await ValueField.FillAsync("v");
        await PressAsync("Set");
        await Expect(Result).ToContainTextAsync("This key is short, so it may be guessed.");
    }

    [Test]
    public async Task A_connection_without_encryption_is_marked_except_on_this_machine()
    {
        var warning = Page.GetByText("This connection is not encrypted. Use HTTPS before sending secrets.");

        await (Home.Contains(Chromium.LanHost, StringComparison.Ordinal) ? Expect(warning).ToBeVisibleAsync() : Expect(warning).ToBeHiddenAsync());
    }

    [Test]
    public async Task The_page_shows_the_version_of_the_server()
    {
        await Expect(Page.Locator("footer")).ToHaveTextAsync(new Regex(@"^DumbKV \d+\.\d+\.\d+"));
    }

    [TestCase("", TestName = "{m}(empty)")]
    [TestCase("\nbegins with a line break, \n\n has more and ends with one\n", TestName = "{m}(line breaks)")]
    [TestCase("tab\tand  two spaces ", TestName = "{m}(tabs and spaces)")]
    [TestCase("<b>&amp;</b> \"' &#133;", TestName = "{m}(markup)")]
    [TestCase("\u0080\u0085\u009f \u2028 \u000c é 🔑", TestName = "{m}(controls and symbols)")]
    public async Task A_value_typed_into_the_page_is_stored_as_it_is(string value)
    {
        await SetAsync(value);

        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(Server.Address + "kv", new { key = Key });
        (await answer.Content.ReadFromJsonAsync<Dictionary<string, string>>())!["value"].Should().Be(value);
    }

    [TestCase("\nbegins with a line break", TestName = "{m}(line breaks)")]
    [TestCase("\r\n\r carriage returns \r", TestName = "{m}(carriage returns)")]
    [TestCase("tab\tand  two spaces ", TestName = "{m}(tabs and spaces)")]
    [TestCase("<b>&amp;</b> \"' &#133;", TestName = "{m}(markup)")]
    [TestCase("\u0080\u0085\u009f \u2028 \u000c \u0001 é 🔑", TestName = "{m}(controls and symbols)")]
    public async Task A_value_is_shown_as_it_was_stored(string value)
    {
        await StoreAsync(new { key = Key, value });

        (await GetAsync()).Should().Be(value);
    }

    [Test]
    public async Task A_long_line_is_wrapped_and_not_cut()
    {
        var line = new string('x', 100_000);
        await StoreAsync(new { key = Key, value = line });

        (await GetAsync()).Should().Be(line);
        (await Shown.EvaluateAsync<bool>("element => element.scrollWidth <= element.clientWidth")).Should().BeTrue();
    }

    [Test]
    public async Task An_empty_value_is_shown_as_empty()
    {
        await SetAsync("");

        await PressAsync("Get");

        await Expect(Result).ToContainTextAsync("The value is empty.");
    }

    [Test]
    public async Task Bytes_are_downloaded_or_without_the_script_shown_as_base64()
    {
        await StoreAsync(new { key = Key, value = "AP8=", encoding = "base64" });

        (await GetAsync()).Should().Be("AP8=");
        await Expect(Result).ToContainTextAsync("binary, 2 bytes");
        await (javaScript ? Expect(Shown).ToBeHiddenAsync() : Expect(Shown).ToBeVisibleAsync());
        if (javaScript)
        {
            var download = await Page.RunAndWaitForDownloadAsync(() => Page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync());
            download.SuggestedFilename.Should().Be("value.bin");
            (await File.ReadAllBytesAsync(await download.PathAsync())).Should().Equal(0, 255);
        }
    }

    [Test]
    public async Task Text_that_a_page_cannot_show_is_shown_as_base64()
    {
        await StoreAsync(new { key = Key, value = "a\0b" });

        (await GetAsync()).Should().Be("YQBi");
        await Expect(Result).ToContainTextAsync("NUL characters");
    }

    [Test]
    public async Task A_missing_key_is_an_error_at_the_key_field()
    {
        await PressAsync("Get");

        await ExpectErrorAtAsync(KeyField, "Type a key, or paste one. It may have up to 65536 bytes.");
    }

    [TestCase("10000000")]
    [TestCase("-1")]
    [TestCase("")]
    public async Task A_wrong_database_is_an_error_at_its_field(string database)
    {
        await DatabaseField.FillAsync(database);
        await KeyField.FillAsync(Key);
        await PressAsync("Get");

        await ExpectErrorAtAsync(DatabaseField, "The database must be a whole number from 0 to 9999999.");
    }

    [Test]
    public async Task A_value_that_is_too_large_is_an_error_at_its_field()
    {
        await SetAsync(new string('x', (1024 * 1024) + 1));

        await ExpectErrorAtAsync(ValueField, "The value is larger than 1048576 bytes, the maximum of this server.");
    }

    [Test]
    public async Task An_error_disappears_once_the_field_is_corrected()
    {
        await PressAsync("Get");
        await SetAsync("the value");

        await Expect(KeyField).Not.ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(Page.Locator("#key-error")).ToBeHiddenAsync();
    }

    private async Task StoreAsync(object body)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(Server.Address + "kv", body);
        answer.EnsureSuccessStatusCode();
    }
}
