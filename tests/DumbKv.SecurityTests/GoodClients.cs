using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DumbKv.SecurityTests;

/// <summary>
/// Measures the service for other clients meanwhile: health probes, reads and writes, repeated, each on its own connection. Also
/// measures the server's memory.
/// </summary>
internal sealed class GoodClients : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    private readonly HttpClient _http;
    private readonly int _serverId;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<double> _health = new();
    private readonly ConcurrentQueue<double> _calls = new();
    private readonly ConcurrentQueue<HttpStatusCode?> _failures = new();
    private readonly Task _work;
    private long _peakKilobytes;

    public GoodClients(ServerProcess server)
    {
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, ConnectCallback = ConnectAsync }) { BaseAddress = server.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(20) };
        _serverId = server.Id;
        _work = Task.WhenAll(ProbeAsync(), CallAsync(), CallAsync(), WatchMemoryAsync());
    }

    public async Task<Experience> EndAsync()
    {
        await _stop.CancelAsync();
        await _work;
        return new Experience(P99(_health), P99(_calls), _health.Count + _calls.Count, [.. _failures], _peakKilobytes / 1024);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _http.Dispose();
        _stop.Dispose();
    }

    /// <summary>From another address than the attackers, which use 127.0.0.1, because the server limits connections by address.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Task ProbeAsync() => RepeatAsync(_health, () => _http.GetAsync("/health/live"));

    private Task CallAsync()
    {
        var number = 0;
        var reads = false;
        return RepeatAsync(_calls, () => (reads = !reads)
            ? _http.PutKvAsync($$"""{"key": "good", "value": "{{number++}}", "overwrite": true}""")
            : _http.PostKvAsync("""{"key": "good"}"""));
    }

    private async Task RepeatAsync(ConcurrentQueue<double> times, Func<Task<HttpResponseMessage>> send)
    {
        while (!_stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            HttpStatusCode? status = null;
            try
            {
                using var response = await send();
                status = response.StatusCode;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // No response.
            }

            times.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (status != HttpStatusCode.OK)
            {
                _failures.Enqueue(status);
            }

            await Task.WhenAny(Task.Delay(Between), Task.Delay(Timeout.Infinite, _stop.Token));
        }
    }

    private async Task WatchMemoryAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var line = File.ReadLines($"/proc/{_serverId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            _peakKilobytes = Math.Max(_peakKilobytes, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
            await Task.WhenAny(Task.Delay(100), Task.Delay(Timeout.Infinite, _stop.Token));
        }
    }

    private static double P99(IEnumerable<double> times) => times.Order().ToList() is { Count: > 0 } sorted ? sorted[(int)(sorted.Count * 0.99)] : double.MaxValue;
}

/// <param name="HealthP99">In milliseconds.</param>
/// <param name="CallP99">In milliseconds, for reads and writes.</param>
/// <param name="Count">Number of all requests.</param>
/// <param name="Failures">The statuses other than 200. Null: no response.</param>
/// <param name="PeakMegabytes">The server's highest resident memory.</param>
internal sealed record Experience(double HealthP99, double CallP99, int Count, IReadOnlyList<HttpStatusCode?> Failures, long PeakMegabytes)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} good requests, of which {Failures.Count} refused; p99 health {HealthP99:0} ms, calls {CallP99:0} ms; memory at most {PeakMegabytes} MiB");
}
