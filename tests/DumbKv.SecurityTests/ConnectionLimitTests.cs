using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace DumbKv.SecurityTests;

/// <summary>4,096 connections in all, and a quarter of them for each client address.</summary>
[NonParallelizable]
public sealed class ConnectionLimitTests
{
    private const int Share = 1_024;
    private const string Get = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// <summary>The server waits for the body: a request is in progress.</summary>
    private const string Unfinished = "PUT /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{";

    private readonly List<Socket> _open = [];
    private readonly int _metricsPort = LocalPostgres.FreePort();
    private HttpClient _metrics = null!;
    private TestStore _store = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await ServerProcess.StartAsync(_store.Folder, ("METRICS_PORT", $"{_metricsPort}"), ("TRUSTED_PROXIES", "127.0.0.9/32"));
        _server.Http.Dispose(); // Its connection would count.
        _metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_metricsPort}") };
        await WaitForConnectionsAsync(0);
    }

    [TearDown]
    public async Task StopServer()
    {
        _open.ForEach(socket => socket.Dispose());
        _metrics.Dispose();
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task One_more_than_the_quarter_of_an_address_closes_its_longest_idle_connection()
    {
        var sockets = await OpenAsync("127.0.0.1", Share);
        await WaitForConnectionsAsync(Share);
        (await AnswersAsync(sockets[0])).Should().BeTrue("a quarter is admitted");

        // The first was used last, so the second has been idle longest.
        var more = await OpenAsync("127.0.0.1", 1);

        (await AnswersAsync(more[0])).Should().BeTrue();
        (await IsClosedAsync(sockets[1])).Should().BeTrue();
        (await AnswersAsync(sockets[0])).Should().BeTrue();
        (await AnswersAsync(sockets[2])).Should().BeTrue();
    }

    [Test]
    public async Task A_request_in_progress_is_never_closed_for_a_new_connection()
    {
        var sockets = await OpenAsync("127.0.0.1", Share, Unfinished);
        await WaitForRequestsAsync(Share);

        var more = await OpenAsync("127.0.0.1", 1);
        var other = await OpenAsync("127.0.0.2", 1);

        (await IsClosedAsync(more[0])).Should().BeTrue("all connections of the address are in use");
        (await AnswersAsync(other[0])).Should().BeTrue("another address has a quarter of its own");
        sockets.Should().OnlyContain(socket => !IsClosed(socket));
    }

    [Test]
    public async Task A_proxy_of_TRUSTED_PROXIES_has_no_limit_of_its_own()
    {
        var sockets = await OpenAsync("127.0.0.9", Share + 10);
        await WaitForConnectionsAsync(Share + 10);

        (await AnswersAsync(sockets[^1])).Should().BeTrue();
        sockets.Should().OnlyContain(socket => !IsClosed(socket));
    }

    [Test]
    public async Task A_full_server_closes_the_longest_idle_connection_and_answers_health_on_the_metrics_port()
    {
        var first = await OpenAsync("127.0.0.1", Share);
        await WaitForConnectionsAsync(Share);
        for (var address = 2; address <= 4; address++)
        {
            await OpenAsync($"127.0.0.{address}", Share);
        }

        await WaitForConnectionsAsync(4 * Share);
        first.Should().OnlyContain(socket => !IsClosed(socket), "4,096 are admitted");

        var next = await OpenAsync("127.0.0.5", 1);

        (await AnswersAsync(next[0])).Should().BeTrue();
        first.Count(IsClosed).Should().Be(1);
        await Eventually.HoldsAsync(async () => Regex.IsMatch(await _metrics.GetStringAsync("/metrics"), """dumbkv_limited_connections_total\{[^}]*\} 1\s"""));
        using var health = await _metrics.GetAsync("/health/ready");
        health.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_burst_of_connections_leaves_an_address_its_quarter_and_the_log_one_line_in_ten_seconds()
    {
        var since = TimeProvider.System.GetTimestamp();
        var sockets = await OpenAsync("127.0.0.1", 4 * Share);
        var good = await OpenAsync("127.0.0.2", 1);

        (await AnswersAsync(good[0])).Should().BeTrue();
        await WaitForConnectionsAsync(Share + 1);
        sockets.Count(socket => !IsClosed(socket)).Should().Be(Share);

        await _server.StopAsync();
        var lines = 1 + (int)(TimeProvider.System.GetElapsedTime(since).TotalSeconds / 10);
        Regex.Count(_server.Output, "Connection limit: ").Should().BeInRange(1, lines);
    }

    [Test]
    public async Task Headers_that_trickle_in_make_room_for_complete_requests_of_the_same_address()
    {
        var slow = await OpenAsync("127.0.0.1", Share, "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
        await WaitForConnectionsAsync(Share);
        foreach (var socket in slow)
        {
            await socket.SendAsync("x"u8.ToArray());
        }

        var good = await OpenAsync("127.0.0.1", 20);
        foreach (var socket in good)
        {
            (await AnswersAsync(socket)).Should().BeTrue();
        }

        await Eventually.HoldsAsync(() => slow.Count(IsClosed) == good.Count);
    }

    private async Task<List<Socket>> OpenAsync(string address, int count, string? send = null)
    {
        var opened = new List<Socket>();
        var bytes = Encoding.ASCII.GetBytes(send ?? string.Empty);
        for (var number = 0; number < count; number++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _open.Add(socket);
            opened.Add(socket);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _server.Http.BaseAddress!.Port);
                if (bytes.Length > 0)
                {
                    await socket.SendAsync(bytes);
                }
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
            {
                // The server has refused it already. It counts as closed.
            }
        }

        return opened;
    }

    /// <summary>The server accepts connections, and begins requests, in the background.</summary>
    private async Task WaitForConnectionsAsync(int count) =>
        await Eventually.HoldsAsync(async () => await GaugeAsync("kestrel_active_connections") == count, seconds: 20);

    private async Task WaitForRequestsAsync(int count) =>
        await Eventually.HoldsAsync(async () => await GaugeAsync("http_server_active_requests") == count + 1, seconds: 20); // And its own.

    /// <summary>The sum over all but the metrics port.</summary>
    private async Task<long> GaugeAsync(string name) => (await _metrics.GetStringAsync("/metrics")).Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && !line.Contains($"server_port=\"{_metricsPort}\"", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));

    private static async Task<bool> AnswersAsync(Socket socket)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await socket.SendAsync(Encoding.ASCII.GetBytes(Get), patience.Token);
            var buffer = new byte[4_096];
            var count = await socket.ReceiveAsync(buffer, patience.Token);
            return Encoding.ASCII.GetString(buffer, 0, count).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        await Eventually.HoldsAsync(() => IsClosed(socket), seconds: 5);
        return true;
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
