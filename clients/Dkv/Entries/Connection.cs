using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Entries;

/// <summary>Connections to a server, directly or through the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name.</summary>
internal static class Connection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    // For the largest value on a slow line.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    public static HttpClient Create(Uri server, string? caCert, bool allowInsecureHttp)
    {
        var isLocal = ServerAddress.IsLocal(server);
        if (server.Scheme == Uri.UriSchemeHttp && !isLocal && !allowInsecureHttp)
        {
            throw CommandException.Usage($"{server} is not encrypted, so anyone on the way could read what is sent. Use https://, or add --insecure-http.");
        }

        // A redirect could lead to another server.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ConnectTimeout, UseProxy = !isLocal };
        if (caCert is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustOnly(caCert) };
        }

        return new HttpClient(handler) { BaseAddress = server, Timeout = Timeout };
    }

    private static X509ChainPolicy TrustOnly(string path)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"--cacert {path} cannot be read: {Reasons.Of(exception)}");
        }
        catch (CryptographicException)
        {
            throw CommandException.Usage($"--cacert {path} has a damaged certificate.");
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw CommandException.Usage($"--cacert {path} has no certificate in PEM format.");
    }
}
