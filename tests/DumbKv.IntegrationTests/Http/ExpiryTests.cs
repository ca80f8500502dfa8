using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>Entries that expire or are read once.</summary>
public sealed class ExpiryTests(StoreKind kind) : ServerTests(kind)
{
    [Test]
    public async Task A_read_returns_when_the_value_expires()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60}""");

        using var response = await Http.PostKvAsync("""{"key": "k"}""");

        (await response.TextAsync()).Should().Be("""{"value":"v","expires_at":"2030-01-31T12:01:00.000Z"}""");
    }

    [Test]
    public async Task An_expired_value_is_gone_immediately()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60}""");

        Server.Time.Advance(TimeSpan.FromSeconds(60));

        using var response = await Http.PostKvAsync("""{"key": "k"}""");
        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_value_exists_until_its_last_millisecond()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60}""");

        Server.Time.Advance(TimeSpan.FromMilliseconds(59_999));

        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task The_key_of_an_expired_value_is_free()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "old", "ttl": 1}""");
        Server.Time.Advance(TimeSpan.FromSeconds(1));

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "new"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("new");
    }

    [Test]
    public async Task An_expired_version_matches_no_condition()
    {
        using var set = await Http.PutKvAsync("""{"key": "k", "value": "old", "ttl": 1}""");
        Server.Time.Advance(TimeSpan.FromSeconds(1));

        using var put = await Http.PutKvAsync("""{"key": "k", "value": "new"}""", ifMatch: set.Headers.ETag!.ToString());
        using var delete = await Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: "*");

        put.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        delete.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
    }

    [Test]
    public async Task A_write_replaces_value_expiry_and_flags()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "AAAA", "encoding": "base64", "ttl": 60, "once": true}""");

        await Http.PutKvAsync("""{"key": "k", "value": "plain", "overwrite": true}""");
        Server.Time.Advance(TimeSpan.FromSeconds(60));

        (await Http.ValueAsync("k")).Should().Be("plain");
        using var again = await Http.PostKvAsync("""{"key": "k"}""");
        (await again.TextAsync()).Should().Be("""{"value":"plain"}""");
    }

    [Test]
    public async Task A_read_once_value_is_gone_after_its_read()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");

        (await Http.ValueAsync("k")).Should().Be("v");

        using var second = await Http.PostKvAsync("""{"key": "k"}""");
        second.StatusCode.Should().Be(HttpStatusCode.Gone);
    }

    [Test]
    public async Task Exactly_one_of_many_concurrent_readers_gets_a_read_once_value()
    {
        // 500 rounds in a long run (./test.sh --long).
        var rounds = Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? 500 : 20;
        for (var round = 0; round < rounds; round++)
        {
            await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");

            var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Http.PostKvAsync("""{"key": "k"}""")));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.Gone).Should().Be(63);
        }
    }

    [Test]
    public async Task Exactly_one_of_many_concurrent_sets_of_a_key_succeeds()
    {
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(writer =>
                Http.PutKvAsync($$"""{"key": "round {{round}}", "value": "{{writer}}"}""")));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).Should().Be(63);
        }
    }

    [Test]
    public async Task Counting_by_compare_and_set_loses_no_increment()
    {
        await Http.PutKvAsync("""{"key": "counter", "value": "0"}""");

        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => IncrementAsync()));

        (await Http.ValueAsync("counter")).Should().Be("32");
    }

    private async Task IncrementAsync()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            using var read = await Http.PostKvAsync("""{"key": "counter"}""");
            using var answer = System.Text.Json.JsonDocument.Parse(await read.TextAsync());
            var next = int.Parse(answer.RootElement.GetProperty("value").GetString()!, System.Globalization.CultureInfo.InvariantCulture) + 1;

            using var write = await Http.PutKvAsync($$"""{"key": "counter", "value": "{{next}}"}""", ifMatch: read.Headers.ETag!.ToString());
            if (write.StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            write.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        }

        Assert.Fail("No increment succeeded in 1,000 attempts.");
    }
}
