using DumbKv.Infrastructure;

namespace DumbKv.Web.Configuration;

/// <summary>OpenTelemetry falls back to a default, without a word, where its variables are wrong.</summary>
internal static class TelemetrySettings
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    private static readonly string[] Signals = ["", "TRACES_", "METRICS_"];

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var signal in Signals)
        {
            var endpoint = $"{Prefix}{signal}ENDPOINT";
            if (configuration.Text(endpoint) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                throw StartRefusedException.ForSetting(endpoint, "must be a URL like http://localhost:4317.");
            }

            var protocol = $"{Prefix}{signal}PROTOCOL";
            if (configuration.Text(protocol) is { } name && !Protocols.Contains(name))
            {
                throw StartRefusedException.ForSetting(protocol, $"must be one of {string.Join(", ", Protocols)}.");
            }

            _ = configuration.ReadInt($"{Prefix}{signal}TIMEOUT", 10_000, 0, int.MaxValue);
        }
    }
}
