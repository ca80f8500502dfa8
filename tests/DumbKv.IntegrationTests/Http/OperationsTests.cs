using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>What an operator looks at: health and headers.</summary>
public sealed class OperationsTests(StoreKind kind) : ServerTests(kind)
{
    [TestCase("/health")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task A_well_server_says_so(string path)
    {
        using var response = await Http.GetAsync(path);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await response.TextAsync()).Should().Be("""{"status":"healthy"}""");
    }

    [TestCase("/")]
    [TestCase("/health")]
    [TestCase("/nowhere")]
    public async Task Every_answer_carries_the_security_headers(string path)
    {
        using var response = await Http.GetAsync(path);

        Header(response, "Content-Security-Policy").Should().Be(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        Header(response, "X-Content-Type-Options").Should().Be("nosniff");
        Header(response, "Referrer-Policy").Should().Be("no-referrer");
        Header(response, "Cross-Origin-Opener-Policy").Should().Be("same-origin");
        response.Headers.Contains("Server").Should().BeFalse();
        response.Headers.Contains("Set-Cookie").Should().BeFalse();
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
