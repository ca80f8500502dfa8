using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>One address before several PostgreSQL servers: it leads to one of them and moves to another one, as CloudNativePG's -rw Service does.</summary>
internal sealed class MovingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _connections = [];
    private volatile int _to;
    private volatile byte[][] _swallowed = [];

    public MovingProxy(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Drops every answer that reports one of these commands, and what follows it on that connection. The database does what it is asked.</summary>
    /// <param name="tags">As PostgreSQL reports them: "INSERT 0 1", "DELETE 1".</param>
    public void SwallowFrom(params string[] tags) => _swallowed = [.. tags.Select(tag => Encoding.ASCII.GetBytes($"{tag}\0"))];

    /// <summary>Cuts every connection. New ones go to this port.</summary>
    public void MoveTo(int port)
    {
        _swallowed = [];
        _to = port;
        foreach (var connection in _connections.Keys)
        {
            connection.Close();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        MoveTo(0);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            _connections[client] = true;
            _connections[server] = true;
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _to);
                await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), AnswerAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // One side is gone, so the other one is closed.
            }
            finally
            {
                _connections.TryRemove(client, out _);
                _connections.TryRemove(server, out _);
            }
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[64 * 1024];
        var isSwallowing = false;
        while (await server.ReadAsync(buffer) is > 0 and var count)
        {
            isSwallowing |= _swallowed.Any(tag => buffer.AsSpan(0, count).IndexOf(tag) >= 0);
            if (!isSwallowing)
            {
                await client.WriteAsync(buffer.AsMemory(0, count));
            }
        }
    }
}
