using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>MISSES_PER_MINUTE: guessing keys online is limited, and reading known keys is not.</summary>
public sealed class MissLimitTests(StoreKind kind) : ServerTests(kind)
{
    private const string Stored = """{"key": "stored"}""";
    private const string Never = """{"key": "never set"}""";
    private const string StoredPeeked = """{"key": "stored", "peek": true}""";
    private const string NeverPeeked = """{"key": "never set", "peek": true}""";

    protected override (string Name, string Value)[] Settings => [("MISSES_PER_MINUTE", "3"), ("TRUSTED_PROXIES", "127.0.0.1/32")];

    [SetUp]
    public async Task StoreOne() => (await Http.PutKvAsync("""{"key": "stored", "value": "v"}""")).EnsureSuccessStatusCode();

    [Test]
    public async Task Hits_are_not_counted()
    {
        var statuses = await ReadAsync(Enumerable.Repeat(Stored, 50));

        statuses.Should().AllBeEquivalentTo(HttpStatusCode.OK);
    }

    [Test]
    public async Task Past_the_limit_every_read_is_429_even_a_correct_one()
    {
        var misses = await ReadAsync(Enumerable.Repeat(Never, 3));

        using var miss = await Http.PostKvAsync(Never);
        using var hit = await Http.PostKvAsync(Stored);

        misses.Should().AllBeEquivalentTo(HttpStatusCode.NotFound);
        foreach (var response in new[] { miss, hit })
        {
            response.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
            response.Headers.RetryAfter!.Delta!.Value.TotalSeconds.Should().BeInRange(1, 60);
            (await response.DetailAsync()).Should().StartWith("Too many reads from your address found no value or are in progress.");
            (await response.TextAsync()).Should().Contain("\"title\":\"Too Many Requests\"", "as the document in docs describes");
        }
    }

    [Test]
    public async Task Writes_and_health_still_work_past_the_limit()
    {
        await ReadAsync(Enumerable.Repeat(Never, 4));

        using var set = await Http.PutKvAsync("""{"key": "other", "value": "v"}""");
        using var delete = await Http.DeleteKvAsync(Stored);
        using var health = await Http.GetAsync("/health");

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        delete.StatusCode.Should().Be(HttpStatusCode.OK);
        health.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Many_concurrent_guesses_get_no_more_misses_than_the_limit()
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => (await Http.PostKvAsync(Never)).StatusCode));

        statuses.Count(status => status == HttpStatusCode.NotFound).Should().Be(3);
        statuses.Count(status => status == HttpStatusCode.TooManyRequests).Should().Be(37);
    }

    [Test]
    public async Task Reads_on_the_page_and_by_the_API_are_counted_together()
    {
        await ReadAsync([Never, Never]);

        using var last = await PageGetAsync("never set");
        using var refused = await PageGetAsync("stored");

        last.StatusCode.Should().Be(HttpStatusCode.NotFound);
        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter.Should().NotBeNull();
        (await refused.TextAsync()).Should().Contain("Too many reads from your address found no value or are in progress.");
    }

    [Test]
    public async Task Peeks_and_gets_are_counted_together()
    {
        var misses = await ReadAsync([Never, NeverPeeked, NeverPeeked]);

        var refused = await ReadAsync([StoredPeeked, Stored]);

        misses.Should().AllBeEquivalentTo(HttpStatusCode.NotFound);
        refused.Should().AllBeEquivalentTo(HttpStatusCode.TooManyRequests);
    }

    [Test]
    public async Task Peeks_that_find_a_value_are_not_counted()
    {
        var statuses = await ReadAsync(Enumerable.Repeat(StoredPeeked, 10));

        statuses.Should().AllBeEquivalentTo(HttpStatusCode.OK);
    }

    [Test]
    public async Task Each_address_that_a_trusted_proxy_names_has_its_own_limit()
    {
        await ReadAsync(Enumerable.Repeat(Never, 4), "203.0.113.7");

        var same = await ReadAsync([Stored], "203.0.113.7");
        var other = await ReadAsync([Stored], "203.0.113.8");

        same.Should().Equal(HttpStatusCode.TooManyRequests);
        other.Should().Equal(HttpStatusCode.OK);
    }

    [Test]
    public async Task Addresses_that_a_client_adds_before_the_proxys_are_ignored()
    {
        var statuses = new List<HttpStatusCode>();
        for (var guess = 0; guess < 6; guess++)
        {
            statuses.AddRange(await ReadAsync([Never], $"198.51.100.{guess}, 203.0.113.7"));
        }

        statuses.Skip(3).Should().AllBeEquivalentTo(HttpStatusCode.TooManyRequests);
    }

    [Test]
    public async Task An_IPv6_subscriber_has_one_limit_for_the_whole_network()
    {
        await ReadAsync(Enumerable.Repeat(Never, 3), "2001:db8:1:2::1");

        var neighbour = await ReadAsync([Stored], "2001:db8:1:2:ffff::9");
        var stranger = await ReadAsync([Stored], "2001:db8:1:3::1");

        neighbour.Should().Equal(HttpStatusCode.TooManyRequests);
        stranger.Should().Equal(HttpStatusCode.OK);
    }

    private async Task<List<HttpStatusCode>> ReadAsync(IEnumerable<string> bodies, string? forwardedFor = null)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var body in bodies)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/kv") { Content = new StringContent(body, null, "application/json") };
            if (forwardedFor is not null)
            {
                request.Headers.Add("X-Forwarded-For", forwardedFor);
            }

            using var response = await Http.SendAsync(request);
            statuses.Add(response.StatusCode);
        }

        return statuses;
    }

    private async Task<HttpResponseMessage> PageGetAsync(string key)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["action"] = "get", ["database"] = "0", ["key"] = key });
        return await Http.PostAsync("/", form);
    }
}

/// <summary>Without TRUSTED_PROXIES X-Forwarded-For is ignored.</summary>
public sealed class SpoofedAddressTests
{
    [TestCase("")]
    [TestCase("10.0.0.0/8")]
    public async Task A_spoofed_address_does_not_escape_the_limit(string trusted)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(
            store.Folder, ("MISSES_PER_MINUTE", "3"), ("TRUSTED_PROXIES", trusted), ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));

        var statuses = new List<HttpStatusCode>();
        for (var guess = 0; guess < 6; guess++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/kv") { Content = new StringContent("""{"key": "k"}""", null, "application/json") };
            request.Headers.Add("X-Forwarded-For", $"198.51.100.{guess}");
            using var response = await server.Http.SendAsync(request);
            statuses.Add(response.StatusCode);
        }

        statuses.Take(3).Should().AllBeEquivalentTo(HttpStatusCode.NotFound);
        statuses.Skip(3).Should().AllBeEquivalentTo(HttpStatusCode.TooManyRequests);
    }
}
