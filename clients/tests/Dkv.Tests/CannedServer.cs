using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DumbKv.CommandLine.Tests;

/// <summary>Answers every request with the same response, and keeps the heads of the requests.</summary>
internal sealed class CannedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private Task _serving = Task.CompletedTask;

    public ConcurrentQueue<string> Requests { get; } = new();

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <param name="head">The status and headers.</param>
    /// <param name="body">The body.</param>
    public static CannedServer Start(string head, byte[] body)
    {
        var server = new CannedServer();
        server._listener.Start();
        server._serving = server.ServeAsync([.. Encoding.ASCII.GetBytes($"{head}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync(byte[] response)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Requests.Enqueue(await ReadRequestAsync(client.GetStream(), _end.Token));
                await client.GetStream().WriteAsync(response, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is done.
        }
    }

    /// <summary>Reads head and body: a connection that is closed with unread data is reset.</summary>
    private static async Task<string> ReadRequestAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        var buffer = new byte[65_536];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            request.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var text = request.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) is { } header ? int.Parse(header[16..]) : 0;
            if (read == 0 || (end >= 0 && text.Length >= end + 4 + length))
            {
                return text;
            }
        }
    }
}
