using System.Net;
using System.Net.Sockets;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// A TCP proxy before PostgreSQL. Armed, it swallows the next answer that tells of a commit and cuts the connection: the
/// database has done it, and nobody was told.
/// </summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _to;
    private string? _tag;
    private int _cuts;

    public CuttingProxy(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => Volatile.Read(ref _cuts);

    /// <param name="tag">Of the commands to cut, as PostgreSQL reports them done: "INSERT 0 1", "DELETE 1".</param>
    public void Arm(string tag) => Volatile.Write(ref _tag, tag);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = ServeAsync(client);
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
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _to);
                var there = client.GetStream().CopyToAsync(server.GetStream());
                await Task.WhenAny(there, AnswerAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // One side is gone, so the other is let go.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer) is > 0 and var count)
        {
            if (Volatile.Read(ref _tag) is { } tag
                && buffer.AsSpan(0, count).IndexOf(System.Text.Encoding.ASCII.GetBytes($"{tag}\0")) >= 0
                && Interlocked.CompareExchange(ref _tag, null, tag) == tag)
            {
                Interlocked.Increment(ref _cuts);
                return;
            }

            await client.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
