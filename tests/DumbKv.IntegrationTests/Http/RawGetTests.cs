using System.Net;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>A get whose Accept header names application/octet-stream returns the value's bytes.</summary>
public sealed class RawGetTests(StoreKind kind) : ServerTests(kind)
{
    private const string Name = """{"key": "k"}""";

    [TestCase("""{"key": "k", "value": "žluť\n"}""", "text", "\u00c5\u00belu\u00c5\u00a5\n")]
    [TestCase("""{"key": "k", "value": ""}""", "text", "")]
    [TestCase("""{"key": "k", "value": "AP8NCg==", "encoding": "base64"}""", "base64", "\0\u00ff\r\n")]
    [TestCase("""{"key": "k", "value": "", "encoding": "base64"}""", "base64", "")]
    public async Task The_body_is_the_value_and_the_headers_describe_it(string set, string encoding, string bytes)
    {
        using var stored = await Http.PutKvAsync(set);

        using var response = await Http.PostKvForBytesAsync(Name);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/octet-stream");
        response.Content.Headers.ContentLength.Should().Be(bytes.Length);
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(Encoding.Latin1.GetBytes(bytes));
        response.Headers.ETag.Should().NotBeNull().And.Be(stored.Headers.ETag);
        response.Headers.GetValues("DumbKV-Encoding").Should().Equal(encoding);
        response.Headers.GetValues("DumbKV-Once").Should().Equal("false");
        response.Headers.Contains("DumbKV-Expires-At").Should().BeFalse();
        response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Test]
    public async Task A_read_once_value_that_expires_says_so_and_is_read_once()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true, "ttl": 60}""");

        using var first = await Http.PostKvForBytesAsync(Name);
        using var second = await Http.PostKvForBytesAsync(Name);

        first.Headers.GetValues("DumbKV-Once").Should().Equal("true");
        first.Headers.GetValues("DumbKV-Expires-At").Should().Equal("2030-01-31T12:01:00.000Z");
        (await first.TextAsync()).Should().Be("v");
        second.StatusCode.Should().Be(HttpStatusCode.Gone);
        (await second.DetailAsync()).Should().NotBeEmpty();
        second.Headers.Contains("DumbKV-Once").Should().BeFalse();
    }

    [TestCase(16 * 1024)]
    [TestCase((16 * 1024) + 1)]
    [TestCase(1_048_576)]
    public async Task A_large_value_is_complete_and_has_its_length(int length)
    {
        var value = string.Concat(Enumerable.Range(0, (length / 8) + 1).Select(number => $"{number:x8}"))[..length];
        await Http.PutKvAsync($$"""{"key": "k", "value": "{{value}}"}""");

        using var response = await Http.PostKvForBytesAsync(Name);

        response.Content.Headers.ContentLength.Should().Be(length);
        (await response.TextAsync() == value).Should().BeTrue();
    }

    /// <summary>Large bodies and values share buffers.</summary>
    [Test]
    public async Task Large_values_that_are_set_and_read_at_the_same_time_do_not_mix()
    {
        const int Clients = 8;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (var round = 0; round < 8; round++)
            {
                var value = new string((char)('a' + client), 17_000 << (round % 6));
                using var set = await Http.PutFormAsync($"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{client}\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=\"overwrite\"\r\n\r\ntrue\r\n"
                    + $"--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\n{value}\r\n--b--\r\n");
                set.EnsureSuccessStatusCode();

                using var bytes = await Http.PostKvForBytesAsync($$"""{"key": "{{client}}"}""");
                using var json = await Http.PostKvAsync($$"""{"key": "{{client}}"}""");

                (await bytes.TextAsync() == value).Should().BeTrue();
                (await json.TextAsync() == $$"""{"value":"{{value}}"}""").Should().BeTrue();
            }
        })));
    }

    [TestCase("application/octet-stream")]
    [TestCase("Application/Octet-Stream;q=0.1")]
    [TestCase("application/octet-stream, */*")]
    [TestCase("application/json, application/octet-stream")]
    [TestCase("text/html, application/octet-stream;q=0.9, */*;q=0.8")]
    [TestCase("application/octet-stream;q=0.5, application/json;q=0")]
    [TestCase("application/octet-stream;q=0.5, application/*;q=0.5")]
    [TestCase("application/octet-stream;charset=binary")]
    [TestCase("application/octet-stream;version=2, application/json;q=0.5")]
    [TestCase("application/octet-stream;q=0.1;version=2, application/octet-stream, application/json")]
    [TestCase("*, application/octet-stream", Description = "The first range is malformed.")]
    [TestCase("\"application/octet-stream", Description = "Malformed, and only one type is named.")]
    public async Task An_Accept_that_names_the_type_gets_bytes(string accept)
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        using var response = await Http.PostKvForBytesAsync(Name, accept);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/octet-stream");
        (await response.TextAsync()).Should().Be("v");
    }

    [TestCase("")]
    [TestCase("*/*")]
    [TestCase("application/*")]
    [TestCase("application/json")]
    [TestCase("image/png")]
    [TestCase("application/octet-stream;q=0")]
    [TestCase("application/octet-stream;q=0.000, */*")]
    [TestCase("application/json, application/octet-stream;q=0.9", Description = "JSON is preferred.")]
    [TestCase("application/octet-stream;q=0.5, */*", Description = "JSON is preferred.")]
    [TestCase("application/octet-streams")]
    [TestCase("application/json; charset=utf-8, application/octet-stream;q=0.1", Description = "JSON is preferred.")]
    [TestCase("APPLICATION/JSON;Charset=\"UTF-8\", application/octet-stream;q=0.1, */*;q=0.1", Description = "JSON is preferred.")]
    [TestCase("application/octet-stream;q=0.5, application/json;q=0.1, application/json;odata=verbose", Description = "JSON is preferred.")]
    public async Task Any_other_Accept_gets_JSON(string accept)
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        using var response = await Http.PostKvForBytesAsync(Name, accept);

        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        response.Headers.Contains("DumbKV-Encoding").Should().BeFalse();
        (await response.TextAsync()).Should().Be("""{"value":"v"}""");
    }

    [Test]
    public async Task Errors_and_the_other_answers_stay_JSON()
    {
        Http.DefaultRequestHeaders.Add("Accept", "application/octet-stream");

        using var set = await Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var exists = await Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var peek = await Http.PostKvAsync("""{"key": "k", "peek": true}""");
        using var malformed = await Http.PostKvAsync("{");
        await Store.ExecuteAsync("UPDATE entries SET sealed = version");
        using var damaged = await Http.PostKvAsync(Name);
        using var deleted = await Http.DeleteKvAsync(Name);

        (await set.TextAsync()).Should().Be("""{"status":"success"}""");
        (await peek.TextAsync()).Should().Be("""{"once":false,"size":1}""");
        (await deleted.TextAsync()).Should().Be("""{"status":"success"}""");
        (await exists.DetailAsync()).Should().StartWith("The key already has a value");
        (await malformed.DetailAsync()).Should().StartWith("The body must be one JSON object");
        (await damaged.DetailAsync()).Should().Contain("altered or moved");
        damaged.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
    }
}
