using System.Net;
using DumbKv.TestHarness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Http;

/// <summary>What an operator uses: health and headers.</summary>
public sealed class OperationsTests(StoreKind kind) : ServerTests(kind)
{
    [TestCase("/health")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task A_healthy_server_reports_that(string path)
    {
        using var response = await Http.GetAsync(path);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await response.TextAsync()).Should().Be("""{"status":"healthy"}""");
    }

    [TestCase("/")]
    [TestCase("/docs")]
    [TestCase("/docs/nowhere")]
    [TestCase("/health")]
    [TestCase("/nowhere")]
    public async Task Every_response_has_the_security_headers(string path)
    {
        using var response = await Http.GetAsync(path);

        Header(response, "Content-Security-Policy").Should().Be(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        Header(response, "X-Content-Type-Options").Should().Be("nosniff");
        Header(response, "Referrer-Policy").Should().Be("same-origin", "with no-referrer browsers send Origin: null with the page's own form");
        Header(response, "Cross-Origin-Opener-Policy").Should().Be("same-origin");
        response.Headers.Contains("Server").Should().BeFalse();
        response.Headers.Contains("Set-Cookie").Should().BeFalse();
    }

    [TestCase("/")]
    [TestCase("/robots.txt")]
    [TestCase("/site.css")]
    [TestCase("/favicon.svg")]
    [TestCase("/docs")]
    [TestCase("/docs/index.html")]
    [TestCase("/docs.mjs")]
    [TestCase("/openapi.json")]
    [TestCase("/health")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    [TestCase("/metrics")]
    public async Task HEAD_is_answered_like_GET_without_the_body(string path)
    {
        using var get = await Http.GetAsync(path);
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        get.StatusCode.Should().Be(HttpStatusCode.OK);
        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentType.Should().Be(get.Content.Headers.ContentType);
        head.Headers.CacheControl.Should().Be(get.Headers.CacheControl);
        (await head.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Test]
    public void Every_endpoint_that_answers_GET_answers_HEAD()
    {
        var methods = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            .Where(methods => methods.Contains("GET"));

        methods.Should().NotBeEmpty().And.OnlyContain(methods => methods.Contains("HEAD"));
    }

    [Test]
    public async Task No_other_site_can_read_a_response()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/kv")
        {
            Headers = { { "Origin", "https://elsewhere.example" }, { "Access-Control-Request-Method", "PUT" }, { "Access-Control-Request-Headers", "content-type" } },
        };
        using var read = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { { "Origin", "https://elsewhere.example" } } };

        foreach (var request in new[] { preflight, read })
        {
            using var response = await Http.SendAsync(request);

            response.Headers.Select(header => header.Key).Should().NotContain(name => name.StartsWith("Access-Control-"));
        }
    }

    [Test]
    public async Task TRACE_returns_nothing_of_the_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Trace, "/kv") { Headers = { { "X-Sent", "sent-by-the-caller" } } };

        using var response = await Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        (await response.TextAsync()).Should().NotContain("sent-by-the-caller");
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}

/// <summary>Behind a proxy that ends TLS.</summary>
public sealed class HttpsTests
{
    [TestCase("127.0.0.1/32", true)]
    [TestCase("10.0.0.0/8", false)]
    public async Task Over_https_browsers_are_told_to_use_only_https(string trusted, bool told)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store, ("TRUSTED_PROXIES", trusted));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-Proto", "https" } } };

        using var response = await server.Http.SendAsync(request);

        response.Headers.TryGetValues("Strict-Transport-Security", out var values).Should().Be(told);
        (values ?? []).Should().BeEquivalentTo(told ? ["max-age=31536000"] : (string[])[]);
    }
}
