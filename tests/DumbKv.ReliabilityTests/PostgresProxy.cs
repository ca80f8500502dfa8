using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// The address of a PostgreSQL server: a TCP proxy that can lose the responses to commits, and that can move to another server, like
/// a Kubernetes Service after a failover.
/// </summary>
internal sealed class PostgresProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, byte> _clients = [];
    private volatile int _to;
    private volatile Loss? _loss;
    private int _cuts;

    public PostgresProxy(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The number of connections that <see cref="CutAt"/> has cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Drops the next response that reports one of these commands, and cuts its connection.</summary>
    /// <param name="tags">As PostgreSQL reports them: "INSERT 0 1", "DELETE 1".</param>
    public void CutAt(params string[] tags) => _loss = new Loss(tags, IsCut: true);

    /// <summary>Drops every response that reports one of these commands, and what follows it. The connections stay open.</summary>
    public void SwallowFrom(params string[] tags) => _loss = new Loss(tags, IsCut: false);

    /// <summary>Cuts all connections. New ones lead to another server, without losses.</summary>
    public void MoveTo(int to)
    {
        _loss = null;
        _to = to;
        foreach (var client in _clients.Keys)
        {
            client.Close();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var client in _clients.Keys)
        {
            client.Close();
        }
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
            // The proxy is disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                _clients.TryAdd(client, 0);
                await server.ConnectAsync(IPAddress.Loopback, _to);
                var there = client.GetStream().CopyToAsync(server.GetStream());
                await Task.WhenAny(there, AnswerAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // One side is closed, so the other side is closed too.
            }
            finally
            {
                _clients.TryRemove(client, out _);
            }
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[64 * 1024];
        var isSwallowing = false;
        while (await server.ReadAsync(buffer) is > 0 and var count)
        {
            if (_loss is { } loss && loss.Matches(buffer.AsSpan(0, count)))
            {
                if (!loss.IsCut)
                {
                    isSwallowing = true;
                }
                else if (Interlocked.CompareExchange(ref _loss, null, loss) == loss)
                {
                    Interlocked.Increment(ref _cuts);
                    return;
                }
            }

            if (!isSwallowing)
            {
                await client.WriteAsync(buffer.AsMemory(0, count));
            }
        }
    }

    private sealed record Loss(string[] Tags, bool IsCut)
    {
        private readonly byte[][] _tags = [.. Tags.Select(tag => Encoding.ASCII.GetBytes($"{tag}\0"))];

        public bool Matches(ReadOnlySpan<byte> answer)
        {
            foreach (var tag in _tags)
            {
                if (answer.IndexOf(tag) >= 0)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
