using System.Net.Sockets;
using System.Text;

namespace DumbKv.TestHarness;

/// <summary>Sends raw bytes, for requests that no HTTP client would send.</summary>
public static class Wire
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns all that the server sends until it closes the connection.</summary>
    public static async Task<byte[]> SendAsync(Uri server, string request)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, patience.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);

        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // The server reset the connection without reading the rest of the request.
        }

        return answer.ToArray();
    }
}
