using System.Net;
using System.Net.Sockets;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The page without scripts: plain forms, posted by a browser or by another program.</summary>
public sealed class PageTests(StoreKind kind) : ServerTests(kind)
{
    [Test]
    public async Task The_page_is_HTML()
    {
        using var response = await Http.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
    }

    [Test]
    public async Task A_value_that_was_set_on_the_page_reads_back_there_and_by_the_API()
    {
        using var set = await PostAsync(("action", "set"), ("key", "k"), ("value", "first\r\nsecond"));
        using var get = await PostAsync(("action", "get"), ("key", "k"));

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        get.StatusCode.Should().Be(HttpStatusCode.OK);
        WebUtility.HtmlDecode(await get.TextAsync()).Should().Contain("first\nsecond");
        (await Http.ValueAsync("k")).Should().Be("first\nsecond");
    }

    [Test]
    public async Task Overwriting_asks_first()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "first"}""");

        using var asked = await PostAsync(("action", "set"), ("key", "k"), ("value", "second"));
        var kept = await Http.ValueAsync("k");
        using var confirmed = await PostAsync(("action", "set"), ("key", "k"), ("value", "second"), ("confirmed", "yes"));

        asked.StatusCode.Should().Be(HttpStatusCode.Conflict);
        kept.Should().Be("first");
        confirmed.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("second");
    }

    [Test]
    public async Task A_get_of_a_read_once_value_asks_and_a_show_reads_it()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "only once", "once": true}""");

        using var asked = await PostAsync(("action", "get"), ("key", "k"));
        using var shown = await PostAsync(("action", "show"), ("key", "k"));
        using var again = await PostAsync(("action", "show"), ("key", "k"));

        (await asked.TextAsync()).Should().Contain("This value can be read once.").And.NotContain("only once");
        (await shown.TextAsync()).Should().Contain("only once").And.NotContain("value=\"k\"", "a press of Get on the page would read again");
        again.StatusCode.Should().Be(HttpStatusCode.Gone);
    }

    [Test]
    public async Task A_show_whose_client_disconnects_at_once_keeps_the_value()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, Http.BaseAddress!.Port);
            const string Form = "action=show&database=0&key=k";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {Form.Length}\r\n\r\n{Form}"));
        }

        using var shown = await PostAsync(("action", "show"), ("key", "k"));

        shown.StatusCode.Should().Be(HttpStatusCode.OK, "this request began after the other one and waits as long");
    }

    [Test]
    public async Task Two_large_read_once_values_can_be_shown_at_the_same_time()
    {
        foreach (var key in new[] { "a", "b" })
        {
            using var stored = await Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{new string('v', 1 << 20)}}", "once": true}""");
            stored.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        var shown = await Task.WhenAll(PostAsync(("action", "show"), ("key", "a")), PostAsync(("action", "show"), ("key", "b")));

        shown.Should().OnlyContain(response => response.StatusCode == HttpStatusCode.OK);
    }

    /// <summary>Sixteen wait for a second click. The others do not wait.</summary>
    [Test]
    public async Task Many_people_can_press_Show_it_at_the_same_moment()
    {
        var keys = Enumerable.Range(0, 40).Select(number => $"k{number}").ToList();
        foreach (var key in keys)
        {
            (await Http.PutKvAsync($$"""{"key": "{{key}}", "value": "value of {{key}}.", "once": true}""")).Dispose();
        }

        var shown = await Task.WhenAll(keys.Select(async key =>
        {
            using var response = await PostAsync(("action", "show"), ("key", key));
            return (await response.TextAsync()).Contains($"value of {key}.", StringComparison.Ordinal);
        }));

        shown.Should().OnlyContain(isShown => isShown);
    }

    [Test]
    public async Task A_set_with_a_version_replaces_only_that_version()
    {
        using var stored = await Http.PutKvAsync("""{"key": "k", "value": "first"}""");
        var version = stored.Headers.ETag!.Tag.Trim('"');

        using var edited = await PostAsync(("action", "set"), ("key", "k"), ("value", "second"), ("version", version));
        using var late = await PostAsync(("action", "set"), ("key", "k"), ("value", "third"), ("version", version));
        using var wrong = await PostAsync(("action", "set"), ("key", "k"), ("value", "third"), ("version", "no version"));

        edited.StatusCode.Should().Be(HttpStatusCode.OK);
        late.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        wrong.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await Http.ValueAsync("k")).Should().Be("second");
    }

    [Test]
    public async Task A_value_in_base64_is_stored_as_bytes()
    {
        using var set = await PostAsync(("action", "set"), ("key", "k"), ("value", "AP8="), ("encoding", "base64"));
        using var wrong = await PostAsync(("action", "set"), ("key", "k2"), ("value", "not base64"), ("encoding", "base64"));

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        wrong.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        (await read.TextAsync()).Should().Contain("\"AP8=\"").And.Contain("base64");
    }

    [Test]
    public async Task Deleting_asks_first()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        using var asked = await PostAsync(("action", "delete"), ("key", "k"));
        var kept = await Http.ValueAsync("k");
        using var confirmed = await PostAsync(("action", "delete"), ("key", "k"), ("confirmed", "yes"));
        using var read = await Http.PostKvAsync("""{"key": "k"}""");

        asked.StatusCode.Should().Be(HttpStatusCode.OK);
        kept.Should().Be("v");
        confirmed.StatusCode.Should().Be(HttpStatusCode.OK);
        read.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [TestCase("get")]
    [TestCase("set")]
    [TestCase("delete")]
    public async Task A_form_without_a_key_is_400(string action)
    {
        using var response = await PostAsync(("action", action), ("value", "v"));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.TextAsync()).Should().Contain("Type a key");
    }

    [TestCase("-1")]
    [TestCase("10000000")]
    [TestCase("")]
    [TestCase("one")]
    public async Task A_form_with_a_database_outside_the_pages_range_is_400(string database)
    {
        using var response = await PostAsync(("action", "get"), ("key", "k"), ("database", database));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.TextAsync()).Should().Contain("9999999");
    }

    [Test]
    public async Task A_form_with_thousands_of_fields_is_400()
    {
        using var content = new StringContent(string.Join('&', Enumerable.Range(0, 5_000).Select(number => $"f{number}=1")), null, "application/x-www-form-urlencoded");

        using var response = await Http.PostAsync("/", content);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase("UTF8")]
    [TestCase("utf-8")]
    public async Task A_form_with_the_charset_UTF8_is_accepted(string charset)
    {
        using var content = new StringContent("database=0&action=set&key=k&value=%C3%BC", null, "application/x-www-form-urlencoded");
        content.Headers.ContentType!.CharSet = charset;

        using var response = await Http.PostAsync("/", content);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("ü");
    }

    [Test]
    public async Task A_compressed_form_is_415()
    {
        using var content = Form(("action", "get"), ("key", "k"));
        content.Headers.ContentEncoding.Add("gzip");

        using var response = await Http.PostAsync("/", content);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.DetailAsync()).Should().Contain("Content-Encoding");
    }

    [Test]
    public async Task The_error_for_a_form_names_its_fields_and_not_JSON()
    {
        using var content = new StringContent("key=k", null, "text/plain");

        using var response = await Http.PostAsync("/", content);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.DetailAsync()).Should().Contain("application/x-www-form-urlencoded");
    }

    [TestCase("/nowhere")]
    [TestCase("/docs/nowhere")]
    [TestCase("/health/nowhere")]
    public async Task A_browser_gets_a_404_as_HTML(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html,*/*;q=0.8" } } };

        using var response = await Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        (await response.TextAsync()).Should().Contain("There is nothing at this address.").And.NotContain("nowhere").And.NotContain("Reload");
    }

    [Test]
    public async Task User_input_is_never_markup()
    {
        using var response = await PostAsync(("action", "get"), ("key", "\"><script>alert(1)</script>"));

        (await response.TextAsync()).Should().NotContain("<script>alert");
    }

    [TestCase("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [TestCase("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [TestCase("Sec-Fetch-Site", "same-origin", HttpStatusCode.NotFound)]
    [TestCase("Sec-Fetch-Site", "none", HttpStatusCode.NotFound)]
    [TestCase("Origin", "https://evil.example", HttpStatusCode.Forbidden)]
    [TestCase("Origin", "null", HttpStatusCode.Forbidden)]
    [TestCase("Origin", "own", HttpStatusCode.NotFound)]
    public async Task A_form_that_another_site_posted_is_403(string header, string value, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = Form(("action", "get"), ("key", "k")) };
        request.Headers.Add(header, value == "own" ? Http.BaseAddress!.GetLeftPart(UriPartial.Authority) : value);

        using var response = await Http.SendAsync(request);

        response.StatusCode.Should().Be(expected);
    }

    private Task<HttpResponseMessage> PostAsync(params (string Name, string Value)[] fields) => Http.PostAsync("/", Form(fields));

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields)
    {
        var form = fields.ToDictionary(field => field.Name, field => field.Value);
        form.TryAdd("database", "0");
        return new FormUrlEncodedContent(form);
    }
}
