using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DumbKv.SecurityTests;

/// <summary>Connections that send one byte per second and never finish, or nothing at all. If the server closes one, a new one is opened.</summary>
internal sealed class SlowClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    /// <param name="server">The server.</param>
    /// <param name="connections">How many are open at the same time.</param>
    /// <param name="beginning">What each sends first. Empty: each stays idle.</param>
    public SlowClients(Uri server, int connections, string beginning)
    {
        _work = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => DribbleAsync(server.Port, Encoding.ASCII.GetBytes(beginning))));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task DribbleAsync(int port, byte[] beginning)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
                if (beginning.Length == 0)
                {
                    _ = await client.GetStream().ReadAsync(new byte[1], _stop.Token); // Until the server closes it.
                }
                else
                {
                    await SendSlowlyAsync(client.GetStream(), beginning);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // The server closed it, or the test is over.
            }
        }
    }

    private async Task SendSlowlyAsync(NetworkStream stream, byte[] beginning)
    {
        await stream.WriteAsync(beginning, _stop.Token);
        while (true)
        {
            await stream.WriteAsync("x"u8.ToArray(), _stop.Token);
            await Task.Delay(TimeSpan.FromSeconds(1), _stop.Token);
        }
    }
}
