using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

public sealed class BadRequestTests(StoreKind kind) : ServerTests(kind)
{
    protected override (string Name, string Value)[] Settings => [("MAX_VALUE_BYTES", "100")];

    [TestCase("""{"value": "v"}""", "key", TestName = "The_field_is_named(key missing)")]
    [TestCase("""{"key": null, "value": "v"}""", "key", TestName = "The_field_is_named(key null)")]
    [TestCase("""{"key": "", "value": "v"}""", "key", TestName = "The_field_is_named(key empty)")]
    [TestCase("""{"key": 1, "value": "v"}""", "key", TestName = "The_field_is_named(key a number)")]
    [TestCase("""{"key": "a", "key": "b", "value": "v"}""", "key", TestName = "The_field_is_named(key twice)")]
    [TestCase("""{"key": "\ud800", "value": "v"}""", "key", TestName = "The_field_is_named(key a lone surrogate)")]
    [TestCase("""{"key": "k"}""", "value", TestName = "The_field_is_named(value missing)")]
    [TestCase("""{"key": "k", "value": null}""", "value", TestName = "The_field_is_named(value null)")]
    [TestCase("""{"key": "k", "value": {}}""", "value", TestName = "The_field_is_named(value an object)")]
    [TestCase("""{"key": "k", "value": "\udc00"}""", "value", TestName = "The_field_is_named(value a lone surrogate)")]
    [TestCase("""{"key": "k", "value": "YQ", "encoding": "base64"}""", "value", TestName = "The_field_is_named(base64 without padding)")]
    [TestCase("""{"key": "k", "value": "Y Q==", "encoding": "base64"}""", "value", TestName = "The_field_is_named(base64 with white space)")]
    [TestCase("""{"key": "k", "value": "YQ==\n", "encoding": "base64"}""", "value", TestName = "The_field_is_named(base64 with a line break)")]
    [TestCase("""{"key": "k", "value": "_-8=", "encoding": "base64"}""", "value", TestName = "The_field_is_named(base64url)")]
    [TestCase("""{"key": "k", "value": "v", "encoding": "hex"}""", "encoding", TestName = "The_field_is_named(encoding unknown)")]
    [TestCase("""{"key": "k", "value": "v", "encoding": "Base64"}""", "encoding", TestName = "The_field_is_named(encoding capital)")]
    [TestCase("""{"key": "k", "value": "v", "ttl": 0}""", "ttl", TestName = "The_field_is_named(ttl 0)")]
    [TestCase("""{"key": "k", "value": "v", "ttl": 315360001}""", "ttl", TestName = "The_field_is_named(ttl too long)")]
    [TestCase("""{"key": "k", "value": "v", "ttl": 99999999999}""", "ttl", TestName = "The_field_is_named(ttl out of range)")]
    [TestCase("""{"key": "k", "value": "v", "ttl": 1.5}""", "ttl", TestName = "The_field_is_named(ttl a fraction)")]
    [TestCase("""{"key": "k", "value": "v", "ttl": "60"}""", "ttl", TestName = "The_field_is_named(ttl a string)")]
    [TestCase("""{"key": "k", "value": "v", "once": 1}""", "once", TestName = "The_field_is_named(once a number)")]
    [TestCase("""{"key": "k", "value": "v", "overwrite": "true"}""", "overwrite", TestName = "The_field_is_named(overwrite a string)")]
    [TestCase("""{"database": "0", "key": "k", "value": "v"}""", "database", TestName = "The_field_is_named(database a string)")]
    [TestCase("""{"database": 2147483648, "key": "k", "value": "v"}""", "database", TestName = "The_field_is_named(database out of range)")]
    [TestCase("""{"database": 0.5, "key": "k", "value": "v"}""", "database", TestName = "The_field_is_named(database a fraction)")]
    [TestCase("""{"database": 0, "database": 0, "key": "k", "value": "v"}""", "database", TestName = "The_field_is_named(database twice)")]
    public async Task The_field_is_named(string body, string field)
    {
        using var response = await Http.PutKvAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith($"\"{field}\" must be");
    }

    [TestCase("""{"key": "k", "value": "v", "canary": 1}""")]
    [TestCase("""{"key": "k", "value": "v", "canary.with.dots": 1}""")]
    [TestCase("""{"Key": "canary", "value": "v"}""")]
    [TestCase("""{"key": "k", "value": "v", "expires_at": "canary"}""")]
    public async Task An_unknown_member_is_refused_and_not_repeated(string body)
    {
        using var response = await Http.PutKvAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("The body has an unknown member");
        (await response.TextAsync()).Should().NotContain("canary");
    }

    [TestCase("PUT", "peek", "true")]
    [TestCase("POST", "value", "\"v\"")]
    [TestCase("POST", "once", "true")]
    [TestCase("POST", "overwrite", "true")]
    [TestCase("POST", "ttl", "1")]
    [TestCase("POST", "encoding", "\"text\"")]
    [TestCase("POST", "secret_key", "{}")]
    [TestCase("DELETE", "peek", "true")]
    [TestCase("DELETE", "value", "\"v\"")]
    public async Task A_member_of_another_operation_is_unknown(string method, string member, string value)
    {
        using var response = await Http.SendKvAsync(new HttpMethod(method), $$"""{"key": "k", "{{member}}": {{value}}}""");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("The body has an unknown member. Names are case-sensitive: see /docs.");
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"key\"")]
    [TestCase("{")]
    [TestCase("""{"key": "k",}""")]
    [TestCase("""{"key": "k"} trailing""")]
    [TestCase("""{"key": "k" /* comment */}""")]
    [TestCase("""{"\ud800": 1}""")]
    public async Task A_body_that_is_not_a_JSON_object_is_refused(string body)
    {
        using var response = await Http.PostKvAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("The body must be one JSON object, in UTF-8.");
    }

    [Test]
    public async Task Broken_UTF8_is_refused()
    {
        using var response = await Http.SendKvAsync(HttpMethod.Post, [.. "{\"key\": \""u8, 0xff, 0xfe, .. "\"}"u8]);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("\"key\" must be");
    }

    [Test]
    public async Task Deep_JSON_is_refused()
    {
        using var response = await Http.PostKvAsync("""{"key": """ + new string('[', 10_000));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase("text/plain")]
    [TestCase("application/json; charset=utf-16")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/problem+json")]
    [TestCase(null)]
    public async Task Anything_but_JSON_in_UTF8_is_415(string? contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"key": "k"}"""));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);

        using var response = await Http.PostAsync("/kv", content);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.DetailAsync()).Should().Contain("application/json");
    }

    [TestCase("application/json; charset=utf-8")]
    [TestCase("APPLICATION/JSON; charset=\"UTF-8\"")]
    [TestCase("application/json; charset=UTF8")]
    [TestCase("application/json; charset=\"utf8\"")]
    public async Task The_charset_UTF8_is_accepted(string contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"key": "k"}"""));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);

        using var response = await Http.PostAsync("/kv", content);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [TestCase("PUT", "gzip")]
    [TestCase("POST", "br")]
    [TestCase("DELETE", "gzip, identity")]
    public async Task A_compressed_body_is_415_with_what_to_send_instead(string method, string coding)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/kv") { Content = new ByteArrayContent([0x1f, 0x8b]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);

        using var response = await Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        response.Headers.GetValues("Accept-Encoding").Should().Equal("identity");
        (await response.DetailAsync()).Should().Contain("Content-Encoding").And.NotContain("application/json");
    }

    [Test]
    public async Task The_content_encoding_identity_is_accepted()
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"key": "k"}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("identity");

        using var response = await Http.PostAsync("/kv", content);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_value_at_the_limit_is_stored_and_one_byte_more_is_413()
    {
        using var largest = await Http.PutKvAsync($$"""{"key": "a", "value": "{{new string('v', 100)}}"}""");
        using var larger = await Http.PutKvAsync($$"""{"key": "b", "value": "{{new string('v', 101)}}"}""");
        using var umlauts = await Http.PutKvAsync($$"""{"key": "c", "value": "{{new string('ü', 51)}}"}""");
        using var decoded = await Http.PutKvAsync($$"""{"key": "d", "value": "{{Convert.ToBase64String(new byte[100])}}", "encoding": "base64"}""");
        using var escaped = await Http.PutKvAsync($$"""{"key": "e", "value": "{{string.Concat(Enumerable.Repeat("\\u0041", 100))}}"}""");

        largest.StatusCode.Should().Be(HttpStatusCode.OK);
        larger.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await larger.DetailAsync()).Should().Contain("100 bytes");
        umlauts.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        decoded.StatusCode.Should().Be(HttpStatusCode.OK);
        escaped.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_key_over_its_limit_is_400()
    {
        using var response = await Http.PostKvAsync($$"""{"key": "{{new string('k', 65_537)}}"}""");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("\"key\" must be");
    }

    [Test]
    public async Task A_body_far_over_the_limit_is_413_without_being_read()
    {
        // The body is not sent: a client that sends all of it can lose the connection before it reads the response.
        var answer = Encoding.UTF8.GetString(await Wire.SendAsync(
            Http.BaseAddress!, "PUT /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"));

        answer.Should().StartWith("HTTP/1.1 413 ").And.Contain("100 bytes");
    }

    [Test]
    public async Task Another_method_is_405_with_a_list_of_the_allowed_methods()
    {
        using var response = await Http.GetAsync("/kv?key=canary");

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Should().BeEquivalentTo("POST", "PUT", "DELETE");
        (await response.DetailAsync()).Should().Contain("method");
    }

    [Test]
    public async Task An_unknown_address_is_404_and_not_repeated()
    {
        using var response = await Http.GetAsync("/kv/canary");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await response.TextAsync()).Should().NotContain("canary");
        (await response.DetailAsync()).Should().StartWith("There is nothing at this address");
        (await response.TextAsync()).Should().NotContainEquivalentOf("trace");
    }
}
