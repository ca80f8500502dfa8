using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>Over plain http browsers send no Sec-Fetch-Site, so the Origin distinguishes the page's own form from another site's.</summary>
public sealed class FormOriginTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("http://kv.lan", "kv.lan")]
    [TestCase("http://kv.lan", "KV.lan:80")]
    [TestCase("http://kv.lan:8000", "kv.lan:8000")]
    [TestCase("http://[fd00::1]:8000", "[fd00::1]:8000")]
    [TestCase("http://xn--bcher-kva.example", "xn--bcher-kva.example", Description = "The form that browsers send for bücher.example.")]
    [TestCase("https://kv.lan", "kv.lan", Description = "A proxy that is not in TRUSTED_PROXIES ends TLS.")]
    [TestCase("https://kv.lan", "kv.lan:443")]
    public async Task The_pages_own_form_is_accepted(string origin, string host)
    {
        await using var server = await StartAsync();

        using var response = await PostAsync(server, ("Origin", origin), ("Host", host));

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [TestCase("null", "kv.lan")]
    [TestCase("http://evil.lan", "kv.lan")]
    [TestCase("http://kv.lan:8000", "kv.lan")]
    [TestCase("http://kv.lan", "kv.lan:8000")]
    [TestCase("http://kv.lan.evil.lan", "kv.lan")]
    [TestCase("https://kv.lan", "kv.lan:80")]
    [TestCase("http://kv.lan:80@evil.lan", "kv.lan")]
    [TestCase("ftp://kv.lan", "kv.lan")]
    public async Task The_form_of_another_site_is_403(string origin, string host)
    {
        await using var server = await StartAsync();

        using var response = await PostAsync(server, ("Origin", origin), ("Host", host));

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [TestCase("https://kv.lan", HttpStatusCode.NotFound)]
    [TestCase("http://kv.lan", HttpStatusCode.Forbidden)]
    public async Task The_same_host_over_plain_http_and_over_https_are_two_sites(string origin, HttpStatusCode expected)
    {
        await using var server = await StartAsync(("TRUSTED_PROXIES", "127.0.0.1/32"));

        using var response = await PostAsync(server, ("Origin", origin), ("Host", "kv.lan"), ("X-Forwarded-Proto", "https"));

        response.StatusCode.Should().Be(expected);
    }

    [TestCase("127.0.0.1/32", HttpStatusCode.NotFound)]
    [TestCase("10.0.0.0/8", HttpStatusCode.Forbidden)]
    public async Task Behind_a_proxy_that_rewrites_Host_the_forwarded_name_counts_if_the_proxy_is_trusted(string trusted, HttpStatusCode expected)
    {
        await using var server = await StartAsync(("TRUSTED_PROXIES", trusted));

        using var response = await PostAsync(server, ("Origin", "http://kv.lan"), ("Host", "127.0.0.1:8000"), ("X-Forwarded-Host", "kv.lan"));

        response.StatusCode.Should().Be(expected);
        if (expected == HttpStatusCode.Forbidden)
        {
            (await response.DetailAsync()).Should().Contain("another site").And.Contain("TRUSTED_PROXIES");
        }
    }

    [Test]
    public async Task A_browser_gets_HTML_that_explains_why_its_form_was_refused()
    {
        await using var server = await StartAsync();

        using var response = await PostAsync(server, ("Origin", "null"), ("Host", "kv.lan"), ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        WebUtility.HtmlDecode(await response.TextAsync()).Should().Contain("This form was posted by another site's page.");
    }

    [Test]
    public async Task A_form_of_another_site_cannot_reach_the_API()
    {
        await using var server = await StartAsync();
        using var form = new MultipartFormDataContent { { new StringContent("k"), "key" }, { new StringContent("v"), "value" } };
        using var post = new HttpRequestMessage(HttpMethod.Post, "/kv") { Content = form };
        post.Headers.TryAddWithoutValidation("Origin", "http://evil.lan");
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/kv");
        preflight.Headers.TryAddWithoutValidation("Origin", "http://evil.lan");
        preflight.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "PUT");

        using var posted = await server.Http.SendAsync(post);
        using var allowed = await server.Http.SendAsync(preflight);

        // A browser posts a form without asking. Before a PUT it asks, and needs an answer that this server never gives.
        posted.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        allowed.IsSuccessStatusCode.Should().BeFalse();
        allowed.Headers.Should().NotContain(header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    private Task<TestServer> StartAsync(params (string Name, string Value)[] settings) => TestServer.StartAsync(_store, [("ALLOWED_HOSTS", "*"), .. settings]);

    private static Task<HttpResponseMessage> PostAsync(TestServer server, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new FormUrlEncodedContent([new("database", "0"), new("action", "get"), new("key", "k")]),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return server.Http.SendAsync(request);
    }
}
