using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace DumbKv.ReliabilityTests;

/// <summary>A TCP proxy to PostgreSQL that stops at one packet of the client: nothing passes in either direction after it.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _disposed = new();
    private readonly NpgsqlConnectionStringBuilder _to;
    private readonly int _at;
    private readonly bool _isDelivered;
    private int _packets;

    /// <param name="location">The connection string of the database.</param>
    /// <param name="at">The number of the packet, over all connections.</param>
    /// <param name="isDelivered">Whether PostgreSQL gets this packet.</param>
    public CuttingProxy(string location, int at, bool isDelivered)
    {
        (_to, _at, _isDelivered) = (new NpgsqlConnectionStringBuilder(location), at, isDelivered);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The connection string of the database through the proxy.</summary>
    public string Location =>
        new NpgsqlConnectionStringBuilder(_to.ConnectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;

    /// <summary>The number of packets of the client so far.</summary>
    public int Packets => Volatile.Read(ref _packets);

    /// <summary>Completes at the packet. The client waits for an answer then.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Closes all connections.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        _listener.Dispose();
        _disposed.Dispose();
    }

    private async Task AcceptAsync()
    {
        var stopped = _disposed.Token;
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(stopped), stopped);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The proxy is disposed.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stopped)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(_to.Host!, _to.Port, stopped);
                var there = SendAsync(client.GetStream(), server.GetStream(), stopped);
                await Task.WhenAny(there, AnswerAsync(server.GetStream(), client.GetStream(), stopped));
                await there;
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // One side is closed, so the other side is closed too.
            }
        }
    }

    private async Task SendAsync(NetworkStream client, NetworkStream server, CancellationToken stopped)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, stopped) is > 0 and var count)
        {
            var number = Interlocked.Increment(ref _packets);
            if (number > _at || (number == _at && !_isDelivered))
            {
                _reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, stopped);
            }

            await server.WriteAsync(buffer.AsMemory(0, count), stopped);
            if (number == _at)
            {
                _reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, stopped);
            }
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken stopped)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, stopped) is > 0 and var count)
        {
            // The answer to the packet is lost too.
            if (Volatile.Read(ref _packets) >= _at)
            {
                await Task.Delay(Timeout.Infinite, stopped);
            }

            await client.WriteAsync(buffer.AsMemory(0, count), stopped);
        }
    }
}
