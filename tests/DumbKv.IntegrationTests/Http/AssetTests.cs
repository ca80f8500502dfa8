using System.Net;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>How long browsers and proxies cache the page's files.</summary>
public sealed partial class AssetTests
{
    private TestStore _store = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await TestServer.StartAsync(_store);
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task The_addresses_in_the_page_can_be_cached_for_a_year()
    {
        var addresses = await AddressesAsync();

        addresses.Should().HaveCountGreaterThanOrEqualTo(4);
        foreach (var address in addresses)
        {
            (await CachingOfAsync(HttpMethod.Get, address)).Should().Be("public, max-age=31536000, immutable");
            (await CachingOfAsync(HttpMethod.Head, address)).Should().Be("public, max-age=31536000, immutable");
        }
    }

    [TestCase("")]
    [TestCase("?v=")]
    [TestCase("?v=of-another-version", Description = "During a rolling update the page of the new version requests it from the old server.")]
    [TestCase("?v={of another file}")]
    [TestCase("?v={own}&v=2")]
    [TestCase("?w={own}")]
    public async Task Any_other_address_must_be_revalidated(string query)
    {
        var addresses = await AddressesAsync();
        var (own, another) = (addresses.Single(address => address.StartsWith("/site.css")), addresses.Single(address => address.StartsWith("/site.js")));

        var address = "/site.css" + query.Replace("{own}", own.Split('=')[1]).Replace("{of another file}", another.Split('=')[1]);

        (await CachingOfAsync(HttpMethod.Get, address)).Should().Be("no-cache");
    }

    [Test]
    public async Task Crawlers_are_told_to_stay_away()
    {
        using var response = await _server.Http.GetAsync("/robots.txt");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/plain");
        (await response.TextAsync()).Should().Be("User-agent: *\nDisallow: /\n");
    }

    private async Task<List<string>> AddressesAsync() =>
        [.. Versioned().Matches(await _server.Http.GetStringAsync("/")).Select(match => match.Value).Distinct()];

    private async Task<string> CachingOfAsync(HttpMethod method, string address)
    {
        using var response = await _server.Http.SendAsync(new HttpRequestMessage(method, address));
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return string.Join(", ", response.Headers.GetValues("Cache-Control"));
    }

    [GeneratedRegex("""/[a-z.]+\?v=[^"]+""")]
    private static partial Regex Versioned();
}
