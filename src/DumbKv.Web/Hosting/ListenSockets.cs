using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace DumbKv.Web.Hosting;

/// <summary>Opens the sockets that the server listens on. A failure is one line that names the setting.</summary>
internal sealed class ListenSockets(int? metricsPort)
{
    private const string Certificate = "Kestrel__Certificates__Default__Path";

    public Socket Bind(EndPoint endpoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse && endpoint is UnixDomainSocketEndPoint && IsStale($"{endpoint}"))
        {
            // A killed server leaves its socket behind.
            File.Delete($"{endpoint}");
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException exception)
        {
            var refusal = StartRefusedException.ForSetting(
                endpoint is IPEndPoint { Port: var port } && port == metricsPort ? "METRICS_PORT" : SettingNames.Urls, Explain(endpoint, exception));

            // Kestrel goes on with IPv4 where IPv6 is not available, and must not where the address is in use.
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(refusal.Message, refusal) : refusal;
        }
    }

    /// <summary>Why the server cannot listen; null where the exception is not about that.</summary>
    /// <param name="exception">Of the host's start.</param>
    /// <param name="urls">ASPNETCORE_URLS.</param>
    public static StartRefusedException? FindRefusal(Exception exception, string? urls) => exception switch
    {
        StartRefusedException refusal => refusal,
        AggregateException several => several.InnerExceptions.Select(inner => FindRefusal(inner, urls)).FirstOrDefault(refusal => refusal is not null),
        { InnerException: { } inner } when FindRefusal(inner, urls) is { } refusal => refusal,
        InvalidOperationException when UsesHttps(urls) => StartRefusedException.ForSetting(
            SettingNames.Urls, $"https needs a certificate. Set {Certificate} to its file, with Kestrel__Certificates__Default__KeyPath or …__Password, or listen with http behind a proxy that has one."),
        CryptographicException or FileNotFoundException or DirectoryNotFoundException when UsesHttps(urls) => StartRefusedException.ForSetting(
            Certificate, $"the certificate cannot be loaded. Check the file, its key and its password: {exception.Message.ReplaceLineEndings(" ")}"),
        _ => null,
    };

    private static bool UsesHttps(string? urls) => urls?.Contains("https://", StringComparison.OrdinalIgnoreCase) == true;

    private static string Explain(EndPoint endpoint, SocketException exception) => (endpoint, exception.SocketErrorCode) switch
    {
        (UnixDomainSocketEndPoint, _) when Directory.Exists($"{endpoint}") || IsFile($"{endpoint}") => $"{endpoint} is a file and not a socket. Remove it, or set another path.",
        (UnixDomainSocketEndPoint, SocketError.AddressAlreadyInUse) => $"{endpoint} is already in use. Stop the program that listens there, or set another path.",
        (UnixDomainSocketEndPoint, _) => $"the socket {endpoint} cannot be created. Its directory must exist, and this user must be able to write to it.",
        (_, SocketError.AddressAlreadyInUse) => $"{endpoint} is already in use. Stop the program that listens there, or set another port.",
        (_, SocketError.AddressNotAvailable) => $"{endpoint} is not an address of this machine. Use one that is, or 0.0.0.0 for all of them.",
        (_, SocketError.AccessDenied) => $"this user is not allowed to listen on {endpoint}. Use port 1024 or higher.",
        _ => $"the server cannot listen on {endpoint}: {exception.Message}",
    };

    /// <summary>A socket that refuses a connection has no listener. A full queue of a busy server does not refuse.</summary>
    private static bool IsStale(string path)
    {
        if (IsFile(path) || Directory.Exists(path))
        {
            return false;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    /// <summary>The system opens a file and does not open a socket.</summary>
    private static bool IsFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
