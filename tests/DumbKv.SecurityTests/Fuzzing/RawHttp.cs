using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>
/// A socket that stays open from request to request if the server allows it, and is opened again otherwise. It parses just enough of
/// HTTP to find the end of a response.
/// </summary>
internal sealed partial class RawHttp(IPEndPoint server) : IDisposable
{
    /// <summary>Longer than any timeout of the server.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A server that sends nothing for this long waits for the rest of a request, which does not exist.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;

    /// <summary>The status of each response. Empty if the server closed the connection without one.</summary>
    /// <exception cref="OperationCanceledException">The server neither responded nor closed the connection.</exception>
    public async Task<IReadOnlyList<int>> SendAsync(FuzzRequest request)
    {
        using var patience = new CancellationTokenSource(Patience);
        var wasOpen = _socket is not null;
        var answer = new StringBuilder();
        try
        {
            _socket ??= await ConnectAsync(patience.Token);
            var sending = SendAllAsync(_socket, request.ToBytes(), patience.Token);
            if (request.Framed)
            {
                await ReadAsync(_socket, answer, () => IsWhole(answer, request.Head), patience.Token);
                await sending;
            }
            else
            {
                await ReadToTheEndAsync(_socket, answer, patience.Token);
                Close();
                await sending;
            }
        }
        catch (SocketException)
        {
            Close(); // The server closes it too.
        }

        if (answer.Length == 0 && request.Framed && wasOpen)
        {
            // The connection was closed between two requests, so this is not a response to this one.
            return await SendAsync(request);
        }

        if (_socket is not null && ClosingLine().IsMatch(answer.ToString()))
        {
            Close();
        }

        return [.. StatusLine().Matches(answer.ToString()).Select(line => int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
    }

    public void Dispose() => Close();

    private async Task<Socket> ConnectAsync(CancellationToken patience)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, patience);
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes, CancellationToken patience)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent), patience);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server refused it before all of it was sent. The response can still be there.
        }
    }

    private async Task ReadAsync(Socket socket, StringBuilder answer, Func<bool> isWhole, CancellationToken patience)
    {
        while (!isWhole())
        {
            var count = await socket.ReceiveAsync(_buffer, patience);
            if (count == 0)
            {
                Close();
                return;
            }

            answer.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }
    }

    private async Task ReadToTheEndAsync(Socket socket, StringBuilder answer, CancellationToken patience)
    {
        while (true)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(patience);
            quiet.CancelAfter(Quiet);
            try
            {
                await ReadAsync(socket, answer, () => false, quiet.Token);
                return;
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                // Signals that nothing more is sent, and continues to read.
                socket.Shutdown(SocketShutdown.Send);
                await ReadAsync(socket, answer, () => false, patience);
                return;
            }
        }
    }

    private static bool IsWhole(StringBuilder answer, bool head)
    {
        var text = answer.ToString();
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var headers = text[..(end + 2)];
        if (head || headers.StartsWith("HTTP/1.1 204 ", StringComparison.Ordinal) || headers.StartsWith("HTTP/1.1 304 ", StringComparison.Ordinal))
        {
            return true;
        }

        return LengthLine().Match(headers) is { Success: true } length
            ? text.Length - end - 4 >= int.Parse(length.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    [GeneratedRegex("""HTTP/1\.[01] (\d{3}) """)]
    private static partial Regex StatusLine();

    [GeneratedRegex("""\r\nContent-Length: (\d+)\r\n""", RegexOptions.IgnoreCase)]
    private static partial Regex LengthLine();

    [GeneratedRegex("""\r\nConnection: close\r\n""", RegexOptions.IgnoreCase)]
    private static partial Regex ClosingLine();
}
