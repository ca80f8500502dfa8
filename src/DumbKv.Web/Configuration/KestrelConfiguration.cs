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
            builder.WebHost.UseUrls(DefaultUrl);
        }
        else
        {
            CheckUrls(urls);
        }

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

    private static void CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw StartRefusedException.ForSetting("ASPNETCORE_URLS", $"must be addresses like http://0.0.0.0:8000, separated by semicolons.");
            }
        }
    }
}
