using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DumbKv.Web.Configuration;

internal static class KestrelConfiguration
{
    private const string DefaultUrl = "http://localhost:8000";

    public static void ConfigureKestrel(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey];
        if (string.IsNullOrWhiteSpace(urls))
        {
            urls = DefaultUrl;
        }

        builder.WebHost.UseUrls([.. WithMetricsPort(Parse(urls), settings.MetricsPort)]);

        // Four KiB for each idle connection, of a thousand at most, in place of two system calls more for each request.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody(settings.Limits);
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75); // Longer than an ingress keeps its own.
            kestrel.Limits.MaxConcurrentConnections = 1_000;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
    }

    /// <summary>The largest good request in bytes: JSON may write each byte of key and value as six (\u0041).</summary>
    public static long LargestBody(EntryLimits limits) => (6L * (limits.MaxValueBytes + SecretKey.MaxBytes)) + 4_096;

    private static List<BindingAddress> Parse(string urls)
    {
        try
        {
            return [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(BindingAddress.Parse)];
        }
        catch (FormatException)
        {
            throw StartRefusedException.ForSetting("ASPNETCORE_URLS", "must be addresses like http://0.0.0.0:8000, separated by semicolons.");
        }
    }

    /// <summary>The metrics' port is on the same hosts as everything else.</summary>
    private static IEnumerable<string> WithMetricsPort(List<BindingAddress> addresses, int? port)
    {
        if (port is null)
        {
            return addresses.Select(address => address.ToString());
        }

        return addresses.Exists(address => address.Port == port)
            ? throw StartRefusedException.ForSetting("METRICS_PORT", "must be another port than those of ASPNETCORE_URLS.")
            : addresses.Select(address => address.ToString())
                .Concat(addresses.Select(address => string.Create(CultureInfo.InvariantCulture, $"http://{address.Host}:{port}")).Distinct());
    }
}
