using System.Net;
using System.Net.Sockets;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>Requests that the fuzzer found, reduced to a minimum. They are sent unchanged, one byte for each character.</summary>
public sealed class HostileRequestTests(StoreKind kind) : ServerTests(kind)
{
    [Test]
    public async Task A_form_post_without_a_content_type_is_415()
    {
        (await AnswerAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nkey=k")).Should().StartWith("HTTP/1.1 415 ");
    }

    [TestCase("utf-7")]
    [TestCase("utf-16")]
    [TestCase("x")]
    [TestCase("\"")]
    public async Task A_form_in_anything_but_UTF8_is_415(string charset)
    {
        (await AnswerAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded; charset={charset}\r\nContent-Length: 16\r\n\r\naction=get&key=k"))
            .Should().StartWith("HTTP/1.1 415 ");
    }

    [Test]
    public async Task An_open_bracket_is_an_ordinary_field_name()
    {
        (await AnswerAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\ndatabase=0&action=get&key=k&["))
            .Should().StartWith("HTTP/1.1 404 ");
    }

    [Test]
    public async Task A_form_sent_to_the_API_is_415_whatever_is_in_it()
    {
        (await AnswerAsync("PUT /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1\r\n\r\n["))
            .Should().StartWith("HTTP/1.1 415 ");
    }

    [Test]
    public async Task A_chunk_size_that_overflows_is_400()
    {
        (await AnswerAsync("POST /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"))
            .Should().StartWith("HTTP/1.1 400 ");
    }

    /// <summary>Methods are case-sensitive (RFC 9110, section 9.1).</summary>
    [TestCase("/")]
    [TestCase("/send")]
    [TestCase("/docs")]
    [TestCase("/openapi.json")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    [TestCase("/metrics")]
    public async Task A_head_in_lower_case_is_405(string path)
    {
        (await AnswerAsync($"head {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 405 ").And.MatchRegex("\r\nAllow: [A-Z, ]*GET[A-Z, ]*\r\n");
    }

    [TestCase("\u00c3\u00bc")]
    [TestCase("/evil")]
    public async Task The_docs_ignore_a_forwarded_prefix_from_a_client(string prefix)
    {
        (await AnswerAsync($"GET /docs/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Prefix: {prefix}\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 301 ").And.Contain("\r\nLocation: /docs\r\n");
        (await AnswerAsync($"GET /docs HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Prefix: {prefix}\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 200 ").And.NotContain(prefix);
    }

    [Test]
    public async Task A_trusted_proxy_cannot_move_the_page_below_a_path()
    {
        await using var store = await TestStore.CreateAsync();
        await using var trusting = await TestServer.StartAsync(store, ("TRUSTED_PROXIES", "127.0.0.1/32"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-Prefix", "/kv" } } };

        using var response = await trusting.Http.SendAsync(request);

        (await response.TextAsync()).Should().Contain("action=\"/\"").And.NotContain("/kv/");
    }

    [TestCase("a b")]
    [TestCase("evil.example")]
    public async Task The_docs_page_ignores_a_forwarded_host_from_a_client(string host)
    {
        (await AnswerAsync($"GET /docs HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: {host}\r\n\r\n")).Should().StartWith("HTTP/1.1 200 ");
    }

    [TestCase("/site.css")]
    [TestCase("/docs.mjs")]
    public async Task A_method_in_lower_case_gets_no_file(string path)
    {
        (await AnswerAsync($"head {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).Should().StartWith("HTTP/1.1 404 ");
    }

    private async Task<string> AnswerAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Http.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        var buffer = new byte[4_096];
        var answer = string.Empty;
        int count;
        do
        {
            count = await client.GetStream().ReadAsync(buffer);
            answer += Encoding.Latin1.GetString(buffer, 0, count);
        }
        while (count > 0 && !answer.Contains("\r\n\r\n", StringComparison.Ordinal));

        return answer;
    }
}
