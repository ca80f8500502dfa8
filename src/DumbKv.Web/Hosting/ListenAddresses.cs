using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using DumbKv.Web.Http;

namespace DumbKv.Web.Hosting;

/// <summary>The addresses that the server listens on: those of ASPNETCORE_URLS, and the one of METRICS_PORT.</summary>
internal static class ListenAddresses
{
    private const string DefaultUrl = "http://localhost:8000";
    private const string OnlyIPv4 = "0.0.0.0";

    /// <summary>Whether only this machine reaches the server: each address is localhost, a loopback address or a unix socket.</summary>
    public static bool ListensOnLocalhostOnly(this IConfiguration configuration) =>
        Parse(configuration[WebHostDefaults.ServerUrlsKey]!).TrueForAll(address =>
            address.IsUnixPipe || address.IsNamedPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || HostNames.IsLoopback(address.Host));

    /// <param name="urls">ASPNETCORE_URLS, or null for the default.</param>
    /// <param name="metricsPort">METRICS_PORT. Its address is the last.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static IReadOnlyList<string> Read(string? urls, int? metricsPort) =>
        [.. WithMetricsPort(Parse(string.IsNullOrWhiteSpace(urls) ? DefaultUrl : urls), metricsPort)];

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
