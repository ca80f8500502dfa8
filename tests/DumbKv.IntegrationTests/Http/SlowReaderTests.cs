using System.Net;
using System.Net.Sockets;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>Clients that read large responses slowly, or not at all, do not block other requests.</summary>
public sealed class SlowReaderTests
{
    /// <summary>More than the system's buffers hold, so the rest waits in the server.</summary>
    private const int Large = 8_000_000;

    private readonly List<TcpClient> _clients = [];
    private TestStore _store = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await TestServer.StartAsync(_store, ("MAX_CONCURRENT_REQUESTS", "1"), ("MAX_VALUE_BYTES", $"{Large}"));
        using var large = await _server.Http.PutKvAsync($$"""{"key": "large", "value": "{{new string('x', Large)}}"}""");
        using var small = await _server.Http.PutKvAsync("""{"key": "small", "value": "v"}""");
        using var once = await _server.Http.PutKvAsync($$"""{"key": "once", "value": "{{new string('y', Large)}}", "once": true}""");
        once.EnsureSuccessStatusCode();
    }

    [TearDown]
    public async Task StopServer()
    {
        _clients.ForEach(client => client.Dispose());
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_response_that_is_not_read_holds_no_permit()
    {
        for (var number = 0; number < 3; number++)
        {
            (await AskForLargeAsync()).Should().Be("HTTP/1.1 200");
        }

        (await _server.Http.ValueAsync("small")).Should().Be("v");
    }

    [Test]
    public async Task Large_responses_share_a_limit_and_free_their_memory()
    {
        await TakeAllRoomAsync();

        using var refusal = await _server.Http.PostKvAsync("""{"key": "large"}""");
        var meanwhile = await _server.Http.ValueAsync("small");
        _clients.ForEach(client => client.Dispose());

        refusal.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        refusal.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        (await refusal.DetailAsync()).Should().StartWith("The server is busy with large values.");
        meanwhile.Should().Be("v");
        await UntilReadAsync("large", 'x');
    }

    [Test]
    public async Task A_read_once_value_is_kept_if_its_response_exceeds_the_limit()
    {
        await TakeAllRoomAsync();

        using var refusal = await _server.Http.PostKvAsync("""{"key": "once"}""");
        _clients.ForEach(client => client.Dispose());

        refusal.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        await UntilReadAsync("once", 'y');
    }

    /// <summary>Six responses of this size reach the limit. The next one is refused.</summary>
    private async Task TakeAllRoomAsync()
    {
        var answers = 0;
        while (await AskForLargeAsync() == "HTTP/1.1 200")
        {
            (++answers).Should().BeLessThan(10, "large responses should share a limit");
        }

        answers.Should().BeGreaterThan(3);
    }

    /// <summary>Reads the status of the response, and leaves the rest unread.</summary>
    private async Task<string> AskForLargeAsync()
    {
        var client = new TcpClient { ReceiveBufferSize = 1_024 };
        _clients.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _server.Http.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"key\": \"large\"}"));

        var status = new byte[12];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await client.GetStream().ReadExactlyAsync(status, patience.Token);
        return Encoding.ASCII.GetString(status);
    }

    private async Task UntilReadAsync(string key, char filling)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await _server.Http.PostKvAsync($$"""{"key": "{{key}}"}""");
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                response.StatusCode.Should().Be(HttpStatusCode.OK);
                (await response.TextAsync()).Count(letter => letter == filling).Should().BeGreaterThanOrEqualTo(Large);
                return;
            }

            await Task.Delay(10, patience.Token);
        }
    }
}
