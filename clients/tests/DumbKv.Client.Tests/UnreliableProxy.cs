using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DumbKv.Client.Tests;

/// <summary>What happens to a request on its way.</summary>
public enum Fault
{
    /// <summary>It is passed on, and its response too.</summary>
    None,

    /// <summary>The connection is closed before the request is passed on.</summary>
    CutRequest,

    /// <summary>The request is passed on, and the connection is closed instead of the response.</summary>
    CutResponse,

    /// <summary>The request is passed on, and the connection is closed after all but the last byte of the response.</summary>
    CutBody,

    /// <summary>503 with Retry-After, as a server that is overloaded answers.</summary>
    Unavailable,
}

/// <summary>A proxy between a client and a server. The first requests have faults, the others none. Each request has a connection of its own.</summary>
internal sealed class UnreliableProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly Queue<Fault> _faults;
    private int _requests;

    public UnreliableProxy(Uri server, params Fault[] faults)
    {
        _server = server;
        _faults = new Queue<Fault>(faults);
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    public int Requests => _requests;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _requests);
            _ = ServeAsync(client, _faults.TryDequeue(out var fault) ? fault : Fault.None);
        }
    }

    private async Task ServeAsync(TcpClient client, Fault fault)
    {
        using (client)
        {
            var request = await ReadMessageAsync(client.GetStream());
            if (fault == Fault.CutRequest)
            {
                return;
            }

            var response = fault == Fault.Unavailable
                ? "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/problem+json\r\nContent-Length: 38\r\n\r\n{\"detail\":\"The server is overloaded.\"}"u8.ToArray()
                : await ForwardAsync(request);
            var length = fault switch { Fault.CutResponse => 0, Fault.CutBody => response.Length - 1, _ => response.Length };
            await client.GetStream().WriteAsync(response.AsMemory(0, length));
        }
    }

    private async Task<byte[]> ForwardAsync(byte[] request)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(_server.Host, _server.Port);
        await server.GetStream().WriteAsync(request);
        return await ReadMessageAsync(server.GetStream());
    }

    /// <summary>A request or a response with a Content-Length or with chunks.</summary>
    private static async Task<byte[]> ReadMessageAsync(NetworkStream stream)
    {
        using var message = new MemoryStream();
        var buffer = new byte[65_536];
        while (!IsComplete(message.GetBuffer().AsSpan(0, (int)message.Length)) && await stream.ReadAsync(buffer) is > 0 and var read)
        {
            message.Write(buffer, 0, read);
        }

        return message.ToArray();
    }

    private static bool IsComplete(ReadOnlySpan<byte> message)
    {
        var headersEnd = message.IndexOf("\r\n\r\n"u8);
        if (headersEnd < 0)
        {
            return false;
        }

        var headers = Encoding.Latin1.GetString(message[..headersEnd]);
        var length = headers.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return length is null
            ? message.EndsWith("0\r\n\r\n"u8)
            : message.Length >= headersEnd + 4 + int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
