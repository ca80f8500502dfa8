using System.Net;
using System.Net.Sockets;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>Slow or large uploads do not block other requests.</summary>
public sealed class SlowBodyTests
{
    private const int Largest = 6 * 1024 * 1024;

    private readonly List<TcpClient> _clients = [];
    private TestStore _store = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await TestServer.StartAsync(_store, ("MAX_CONCURRENT_REQUESTS", "1"));
    }

    [TearDown]
    public async Task StopServer()
    {
        _clients.ForEach(client => client.Dispose());
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task An_upload_that_has_not_arrived_takes_no_permit()
    {
        for (var number = 0; number < 20; number++)
        {
            await BeginAsync(length: 1_000, sent: 10);
        }

        using var response = await _server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_upload_that_takes_too_long_is_408()
    {
        var slow = await BeginAsync(length: 1_000, sent: 10);

        var answer = AnswerAsync(slow);
        while (!answer.IsCompleted)
        {
            _server.Time.Advance(TimeSpan.FromSeconds(11));
            await Task.WhenAny(answer, Task.Delay(10));
        }

        (await answer).Should().StartWith("HTTP/1.1 408 ").And.Contain("The request's body did not arrive in time.");
    }

    /// <summary>The limit of Kestrel uses the real time.</summary>
    [Test]
    public async Task An_upload_that_stops_is_408_with_the_reason()
    {
        var stopped = await BeginAsync(length: 1_000, sent: 10);

        var answer = await AnswerAsync(stopped);

        answer.Should().StartWith("HTTP/1.1 408 ").And.Contain("The request's body did not arrive in time. Send it faster, or less of it.");
    }

    [Test]
    public async Task Large_bodies_share_a_limit_and_free_their_memory()
    {
        // Eight times this size is more than the limit: one is refused with Retry-After, and the others continue.
        var uploads = new List<TcpClient>();
        for (var number = 0; number < 9; number++)
        {
            uploads.Add(await BeginAsync(Largest, Largest - 1));
        }

        var refusal = await await Task.WhenAny(uploads.Select(AnswerAsync));
        var large = $$"""{"key": "k", "value": "{{new string('x', 1_000_000)}}"}""";
        using var meanwhile = await _server.Http.PutKvAsync("""{"key": "small", "value": "v"}""");
        uploads.ForEach(upload => upload.Dispose());

        refusal.Should().StartWith("HTTP/1.1 503 ").And.Contain("Retry-After: 1").And.Contain("The server is busy with large requests.");
        meanwhile.StatusCode.Should().Be(HttpStatusCode.OK);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await _server.Http.PutKvAsync(large)).StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            await Task.Delay(10, patience.Token);
        }

        (await _server.Http.ValueAsync("k")).Should().HaveLength(1_000_000);
    }

    [Test]
    public async Task A_body_that_arrives_in_pieces_is_read_completely()
    {
        var client = await BeginAsync(length: null, sent: 0);
        foreach (var piece in new[] { "{\"key\": ", "\"k\", ", "\"value\": \"", new string('x', 20_000), "\"}" })
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n{piece}\r\n"));
        }

        await client.GetStream().WriteAsync("0\r\n\r\n"u8.ToArray());

        (await AnswerAsync(client)).Should().StartWith("HTTP/1.1 200 ");
        (await _server.Http.ValueAsync("k")).Should().HaveLength(20_000);
    }

    private async Task<TcpClient> BeginAsync(int? length, int sent)
    {
        var client = new TcpClient();
        _clients.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _server.Http.BaseAddress!.Port);
        var framing = length is null ? "Transfer-Encoding: chunked" : $"Content-Length: {length}";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PUT /kv HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"));
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(new string(' ', sent)));
        }
        catch (IOException)
        {
            // The server refused it while it was being sent.
        }

        return client;
    }

    private static async Task<string> AnswerAsync(TcpClient client)
    {
        var buffer = new byte[4_096];
        var text = new StringBuilder();
        var stream = client.GetStream();
        try
        {
            while (await stream.ReadAsync(buffer) is > 0 and var count)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The end of the connection is the end of the response.
        }

        return text.ToString();
    }
}
