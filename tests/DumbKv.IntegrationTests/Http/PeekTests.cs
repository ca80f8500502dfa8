using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>A peek returns what is known about a value, without the value.</summary>
public sealed class PeekTests(StoreKind kind) : ServerTests(kind)
{
    private const string Peek = """{"key": "k", "peek": true}""";

    [TestCase("""{"key": "k", "value": "v"}""", """{"once":false,"size":1}""")]
    [TestCase("""{"key": "k", "value": ""}""", """{"once":false,"size":0}""")]
    [TestCase("""{"key": "k", "value": "žluť"}""", """{"once":false,"size":6}""")]
    [TestCase("""{"key": "k", "value": "v", "ttl": 3600}""", """{"expires_at":"2030-01-31T13:00:00.000Z","once":false,"size":1}""")]
    [TestCase("""{"key": "k", "value": "AP/+gA==", "encoding": "base64"}""", """{"encoding":"base64","once":false,"size":4}""")]
    [TestCase("""{"key": "k", "value": "v", "once": true}""", """{"once":true,"size":1}""")]
    public async Task A_peek_returns_the_metadata_and_the_version(string body, string metadata)
    {
        using var set = await Http.PutKvAsync(body);

        using var response = await Http.PostKvAsync(Peek);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        response.Headers.ETag.Should().NotBeNull().And.Be(set.Headers.ETag);
        (await response.TextAsync()).Should().Be(metadata);
    }

    [Test]
    public async Task A_peek_is_JSON_whatever_the_client_accepts()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        Http.DefaultRequestHeaders.Add("Accept", "application/octet-stream");

        using var response = await Http.PostKvAsync(Peek);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await response.TextAsync()).Should().Be("""{"once":false,"size":1}""");
    }

    [Test]
    public async Task Peeks_keep_a_read_once_value_and_its_version_for_its_one_reader()
    {
        using var set = await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");

        var peeks = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Http.PostKvAsync(Peek)));
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        using var later = await Http.PostKvAsync(Peek);

        peeks.Should().OnlyContain(peek => peek.StatusCode == HttpStatusCode.OK && peek.Headers.ETag!.Equals(set.Headers.ETag));
        (await read.TextAsync()).Should().Be("""{"value":"v"}""");
        later.StatusCode.Should().Be(HttpStatusCode.Gone);
    }

    [Test]
    public async Task The_version_of_a_peek_is_a_condition_of_a_write()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
        using var peek = await Http.PostKvAsync(Peek);

        using var deleted = await Http.DeleteKvAsync("""{"key": "k"}""", peek.Headers.ETag!.ToString());
        using var read = await Http.PostKvAsync("""{"key": "k"}""");

        deleted.StatusCode.Should().Be(HttpStatusCode.OK);
        read.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_peek_of_a_missing_or_expired_value_is_the_404_of_a_get()
    {
        await Http.PutKvAsync("""{"key": "expired", "value": "v", "ttl": 60}""");
        Server.Time.Advance(TimeSpan.FromSeconds(60));

        foreach (var key in new[] { "never set", "expired" })
        {
            using var get = await Http.PostKvAsync($$"""{"key": "{{key}}"}""");
            using var peek = await Http.PostKvAsync($$"""{"key": "{{key}}", "peek": true}""");

            peek.StatusCode.Should().Be(HttpStatusCode.NotFound);
            (await peek.TextAsync()).Should().Be(await get.TextAsync());
        }
    }

    [TestCase("UPDATE entries SET flags = 0")]
    [TestCase("UPDATE entries SET expires_at = NULL")]
    [TestCase("UPDATE entries SET sealed = version")]
    public async Task A_peek_of_an_altered_row_is_500(string sql)
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60, "once": true}""");
        await Store.ExecuteAsync(sql);

        using var response = await Http.PostKvAsync(Peek);

        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await response.DetailAsync()).Should().Contain("altered or moved");
    }

    [Test]
    public async Task A_peek_of_the_largest_value_returns_its_size()
    {
        await Http.PutKvAsync($$"""{"key": "k", "value": "{{new string('v', 1_048_576)}}"}""");

        using var response = await Http.PostKvAsync(Peek);

        (await response.TextAsync()).Should().Be("""{"once":false,"size":1048576}""");
    }

    [TestCase("false")]
    [TestCase("null")]
    public async Task A_get_that_is_no_peek_returns_the_value_only(string peek)
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");

        using var response = await Http.PostKvAsync($$"""{"key": "k", "peek": {{peek}}}""");

        (await response.TextAsync()).Should().Be("""{"value":"v"}""");
    }

    [TestCase("POST", """{"key": "k", "peek": 1}""")]
    [TestCase("POST", """{"key": "k", "peek": "true"}""")]
    [TestCase("POST", """{"key": "k", "peek": true, "peek": true}""")]
    public async Task A_peek_that_is_not_a_boolean_is_400_with_the_field(string method, string body)
    {
        using var response = await Http.SendKvAsync(new HttpMethod(method), body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("\"peek\" must be true or false, given at most once.");
    }

    [TestCase("PUT", """{"key": "k", "value": "v", "peek": true}""")]
    [TestCase("DELETE", """{"key": "k", "peek": true}""")]
    public async Task A_write_with_a_peek_is_refused(string method, string body)
    {
        using var response = await Http.SendKvAsync(new HttpMethod(method), body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task Every_optional_field_that_is_null_counts_as_left_out()
    {
        using var set = await Http.PutKvAsync("""{"database": null, "key": "k", "value": "v", "encoding": null, "ttl": null, "once": null, "overwrite": null}""");
        using var peek = await Http.PostKvAsync("""{"database": null, "key": "k", "peek": true}""");
        using var get = await Http.PostKvAsync("""{"database": null, "key": "k", "peek": null}""");
        using var deleted = await Http.DeleteKvAsync("""{"database": null, "key": "k"}""");

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        (await peek.TextAsync()).Should().Be("""{"once":false,"size":1}""");
        (await get.TextAsync()).Should().Be("""{"value":"v"}""");
        deleted.StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
