using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The wire contract in literal HTTP and JSON, so that no refactoring changes it unnoticed.</summary>
public sealed class ContractTests(StoreKind kind) : ServerTests(kind)
{
    [Test]
    public async Task A_set_returns_success_and_a_version()
    {
        using var response = await Http.PutKvAsync("""{"database": 0, "key": "k", "value": "v"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await response.TextAsync()).Should().Be("""{"status":"success"}""");
        response.Headers.ETag!.ToString().Should().MatchRegex("^\"[A-Za-z0-9_-]{16}\"$");
    }

    [Test]
    public async Task A_read_returns_the_value_and_the_version_that_was_set()
    {
        using var set = await Http.PutKvAsync("""{"database": 0, "key": "k", "value": "v"}""");

        using var response = await Http.PostKvAsync("""{"database": 0, "key": "k"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.TextAsync()).Should().Be("""{"value":"v"}""");
        response.Headers.ETag.Should().Be(set.Headers.ETag);
    }

    [Test]
    public async Task A_small_response_is_sent_in_one_piece_and_a_large_one_completely()
    {
        var large = new string('é', 100_000);
        using var set = await Http.PutKvAsync($$"""{"key": "large", "value": "{{large}}"}""");

        (await set.Content.ReadAsStringAsync()).Should().Be("""{"status":"success"}""");
        set.Headers.TransferEncodingChunked.Should().NotBe(true);
        (await Http.ValueAsync("large")).Should().Be(large);
    }

    [Test]
    public async Task A_read_of_a_missing_value_is_404()
    {
        using var response = await Http.PostKvAsync("""{"database": 0, "key": "never set"}""");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await response.DetailAsync()).Should().StartWith("There is no value under this key");
    }

    [Test]
    public async Task A_second_set_is_409_and_keeps_the_first_value()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "first"}""");

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "second"}""");

        response.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await response.DetailAsync()).Should().Contain("\"overwrite\": true");
        (await Http.ValueAsync("k")).Should().Be("first");
    }

    [Test]
    public async Task Overwrite_replaces_the_value_and_its_version()
    {
        using var first = await Http.PutKvAsync("""{"key": "k", "value": "first"}""");

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "second", "overwrite": true}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.ETag.Should().NotBe(first.Headers.ETag);
        (await Http.ValueAsync("k")).Should().Be("second");
    }

    [Test]
    public async Task Overwrite_sets_a_key_that_has_no_value()
    {
        using var response = await Http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task A_delete_returns_success_and_the_value_is_gone()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        using var response = await Http.DeleteKvAsync("""{"database": 0, "key": "k"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.TextAsync()).Should().Be("""{"status":"success"}""");
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        read.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_delete_of_a_missing_value_returns_the_same()
    {
        using var response = await Http.DeleteKvAsync("""{"key": "never set"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.TextAsync()).Should().Be("""{"status":"success"}""");
    }

    [Test]
    public async Task A_deleted_key_can_be_set_again()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "first"}""");
        await Http.DeleteKvAsync("""{"key": "k"}""");

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "second"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("second");
    }

    [TestCase("0", "1")]
    [TestCase("-2147483648", "2147483647")]
    public async Task Databases_keep_the_same_key_apart(string one, string other)
    {
        await Http.PutKvAsync($$"""{"database": {{one}}, "key": "k", "value": "in one"}""");
        await Http.PutKvAsync($$"""{"database": {{other}}, "key": "k", "value": "in the other"}""");

        using var response = await Http.PostKvAsync($$"""{"database": {{one}}, "key": "k"}""");

        (await response.TextAsync()).Should().Be("""{"value":"in one"}""");
    }

    [Test]
    public async Task The_default_database_is_0()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        using var response = await Http.PostKvAsync("""{"database": 0, "key": "k"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [TestCase("")]
    [TestCase("žluťoučký kůň 🐎 漢字\nsecond line\ttab")]
    [TestCase("it's \"quoted\" \\ and ; DROP TABLE entries; --")]
    [TestCase("\0\u0001\u007f\u2028")]
    public async Task Any_text_is_returned_unchanged(string value)
    {
        await Http.PutKvAsync(System.Text.Json.JsonSerializer.Serialize(new { key = "k", value }));

        (await Http.ValueAsync("k")).Should().Be(value);
    }

    [Test]
    public async Task Keys_are_compared_byte_for_byte()
    {
        await Http.PutKvAsync("""{"key": "caf\u00e9", "value": "composed"}""");
        await Http.PutKvAsync("""{"key": "cafe\u0301", "value": "decomposed"}""");
        await Http.PutKvAsync("""{"key": "CAF\u00c9 ", "value": "shouted, with a space"}""");

        (await Http.ValueAsync("caf\u00e9")).Should().Be("composed");
        (await Http.ValueAsync("cafe\u0301")).Should().Be("decomposed");
    }

    [Test]
    public async Task The_longest_key_works()
    {
        var key = new string('k', 65_536);
        using var response = await Http.PutKvAsync(System.Text.Json.JsonSerializer.Serialize(new { key, value = "v" }));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync(key)).Should().Be("v");
    }

    [Test]
    public async Task Bytes_are_returned_unchanged()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "AP/+gA==", "encoding": "base64"}""");

        using var response = await Http.PostKvAsync("""{"key": "k"}""");

        (await response.TextAsync()).Should().Be("""{"value":"AP/+gA==","encoding":"base64"}""");
    }

    [Test]
    public async Task The_encoding_text_is_the_default()
    {
        using var set = await Http.PutKvAsync("""{"key": "k", "value": "YQ==", "encoding": "text"}""");

        using var response = await Http.PostKvAsync("""{"key": "k"}""");

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.TextAsync()).Should().Be("""{"value":"YQ=="}""");
    }

    [Test]
    public async Task Responses_must_not_be_cached()
    {
        foreach (var response in new[]
        {
            await Http.PutKvAsync("""{"key": "k", "value": "v"}"""),
            await Http.PostKvAsync("""{"key": "k"}"""),
            await Http.PostKvAsync("""{"key": "not set"}"""),
            await Http.PostKvAsync("not json"),
            await Http.DeleteKvAsync("""{"key": "k"}"""),
            await Http.GetAsync("/"),
        })
        {
            response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        }
    }
}
