using System.Net;

namespace DumbKv.SecurityTests;

public sealed class SlowClientsTests : HostileClientTests
{
    [TestCase("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", TestName = "Slow_headers_do_not_block_others")]
    [TestCase("PUT /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n", TestName = "Slow_bodies_do_not_block_others")]
    public Task Slow_clients_do_not_block_others(string beginning) => ShouldServeDuringAsync(async () =>
    {
        await using var clients = new SlowClients(Address, connections: 400, beginning);
        await Task.Delay(TimeSpan.FromSeconds(3));
    });

    /// <summary>The server closes or refuses all connections above a quarter, and the clients open them again at once.</summary>
    [Test]
    public Task Idle_connections_do_not_block_others() => ShouldServeDuringAsync(async () =>
    {
        await using var clients = new SlowClients(Address, connections: Rounds.Of(1_500, 4_096), beginning: string.Empty);
        await Task.Delay(TimeSpan.FromSeconds(Rounds.Of(3, 20)));
    });

    [Test]
    public Task Bodies_far_too_large_are_refused_and_cost_little() => ShouldServeDuringAsync(async () =>
    {
        using var http = new HttpClient { BaseAddress = Address };
        var answers = await Task.WhenAll(Enumerable.Range(0, Rounds.Of(8, 200)).Select(number => SendAsync(http, isChunked: number % 2 == 0)));

        // A client that continues to send can lose the connection before it reads the response.
        answers.Should().OnlyContain(answer => answer == null || answer == HttpStatusCode.RequestEntityTooLarge || answer == HttpStatusCode.ServiceUnavailable);
    });

    private static async Task<HttpStatusCode?> SendAsync(HttpClient http, bool isChunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv") { Content = new StreamContent(new WhitespaceStream(100_000_000)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = isChunked;
        try
        {
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
