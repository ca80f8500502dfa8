using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using DumbKv.Web.Http;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DumbKv.Web.Hosting;

internal static class KestrelConfiguration
{
    private const string DefaultUrl = "http://localhost:8000";
    private const string OnlyIPv4 = "0.0.0.0";

    public static void ConfigureKestrel(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey];
        if (string.IsNullOrWhiteSpace(urls))
        {
            urls = DefaultUrl;
        }

        builder.WebHost.UseUrls([.. WithMetricsPort(Parse(urls), settings.MetricsPort)]);

        builder.WebHost.UseSockets(sockets =>
        {
            // Takes 4 KiB for each idle connection and saves two system calls for each request.
            sockets.WaitForDataBeforeAllocatingBuffer = false;

            // As many as can be open. If the queue is full, the system drops the next client's attempt, and the client repeats it after a second.
            sockets.Backlog = ConnectionLimits.MaxConnections;
            sockets.CreateBoundListenSocket = new ListenSockets(settings.MetricsPort).Bind;
        });

        var limits = new ConnectionLimits(address => settings.TrustedProxies.Any(network => network.Contains(address)), settings.MetricsPort);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBodyLimit.MaxBytes(settings.Limits);
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024; // What Kestrel receives ahead of the reader. No other limit counts it.
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75); // Longer than an ingress keeps its connections.
            limits.Apply(kestrel);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 32 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
        });
    }

    /// <summary>Whether only this machine reaches the server: each address is localhost, a loopback address or a unix socket.</summary>
    public static bool ListensOnLocalhostOnly(this IConfiguration configuration) =>
        Parse(configuration[WebHostDefaults.ServerUrlsKey]!).TrueForAll(address =>
            address.IsUnixPipe || address.IsNamedPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || HostNames.IsLoopback(address.Host));

    private static List<BindingAddress> Parse(string urls)
    {
        List<BindingAddress> addresses = [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
        return addresses.Count > 0 ? addresses : throw WrongAddress();

        static BindingAddress Parse(string url)
        {
            try
            {
                var address = BindingAddress.Parse(url);
                Check(address);
                return address;
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                throw WrongAddress();
            }
        }
    }

    /// <summary>Kestrel checks addresses late. For a name that it does not know, such as a misspelled one, it listens on all addresses.</summary>
    private static void Check(BindingAddress address)
    {
        if (address.Scheme is not ("http" or "https") || address.IsNamedPipe)
        {
            throw WrongAddress("The scheme is http or https.");
        }

        if (address.PathBase.Length > 0)
        {
            throw WrongAddress("An address has no path: the server needs the root of a host.");
        }

        if (address.IsUnixPipe)
        {
            _ = new UnixDomainSocketEndPoint(address.UnixPipePath); // Throws where the path is too long.
            return;
        }

        // If the text after the colon is not a number, it is part of the host.
        if (address.Port is < 0 or > ushort.MaxValue || (address.Host.Contains(':') && !address.Host.EndsWith(']')))
        {
            throw WrongAddress("A port is a number from 0 to 65535.");
        }

        if (address.Host == "localhost" ? address.Port == 0 : !IsWildcard(address.Host) && !IPAddress.TryParse(address.Host, out _))
        {
            throw StartRefusedException.ForSetting(SettingNames.Urls, address.Host == "localhost"
                ? "localhost needs a port. Port 0, which picks a free one, goes with an IP address: http://127.0.0.1:0"
                : $"{address.Host} is neither an IP address of this machine, nor localhost, nor * for all addresses.");
        }
    }

    private static bool IsWildcard(string host) => host is "*" or "+";

    /// <param name="rule">The rule that is broken. Without the address: it may hold a password.</param>
    private static StartRefusedException WrongAddress(string? rule = null) =>
        StartRefusedException.ForSetting(SettingNames.Urls, $"must be addresses like http://0.0.0.0:8000, separated by semicolons. {rule}".TrimEnd());

    /// <summary>The metrics port listens on the same hosts as the other addresses.</summary>
    private static IEnumerable<string> WithMetricsPort(List<BindingAddress> addresses, int? port)
    {
        // BindingAddress writes the path of a Unix socket in lower case.
        var urls = addresses.Select(address => address.IsUnixPipe ? $"{address.Scheme}://{address.Host}" : address.ToString());
        if (port is null)
        {
            return urls;
        }

        if (addresses.Exists(address => address.Port == port))
        {
            throw StartRefusedException.ForSetting("METRICS_PORT", "must be another port than those of ASPNETCORE_URLS.");
        }

        List<string> hosts = [.. addresses.Where(address => !address.IsUnixPipe && !address.IsNamedPipe).Select(address => address.Host).Distinct()];
        if (hosts.Count == 0)
        {
            throw StartRefusedException.ForSetting("METRICS_PORT", "needs an address with a port in ASPNETCORE_URLS: it listens on the same hosts.");
        }

        // An address on all hosts includes each of them: a second socket would find the port in use.
        hosts = hosts.Where(IsEveryHost).MinBy(host => host == OnlyIPv4) is { } every ? [every] : hosts;
        return urls.Concat(hosts.Select(host => string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}")));
    }

    private static bool IsEveryHost(string host) => host is OnlyIPv4 or "[::]" || IsWildcard(host);
}
