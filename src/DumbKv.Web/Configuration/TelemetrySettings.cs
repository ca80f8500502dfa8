using DumbKv.Infrastructure;
using OpenTelemetry.Exporter;

namespace DumbKv.Web.Configuration;

/// <summary>The variables of OpenTelemetry. If one is wrong, the library silently uses a default, so they are checked here.</summary>
internal static class TelemetrySettings
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    private const string Grpc = "grpc";

    private static readonly string[] Signals = ["", "TRACES_", "METRICS_"];

    private static readonly string[] Protocols = [Grpc, "http/protobuf"];

    /// <param name="configuration">The settings.</param>
    /// <param name="signal">METRICS or TRACES.</param>
    public static bool Exports(IConfiguration configuration, string signal) =>
        configuration.Text($"{Prefix}ENDPOINT") is not null || configuration.Text($"{Prefix}{signal}_ENDPOINT") is not null;

    /// <summary>Applies a signal's own variables. The library reads only the common ones for an exporter that is added to one signal.</summary>
    public static void Configure(OtlpExporterOptions options, IConfiguration configuration, string signal)
    {
        if (configuration.Text($"{Prefix}{signal}_ENDPOINT") is { } endpoint)
        {
            options.Endpoint = new Uri(endpoint);
        }

        if (configuration.Text($"{Prefix}{signal}_PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        options.Headers = configuration.Text($"{Prefix}{signal}_HEADERS") ?? options.Headers;
        options.TimeoutMilliseconds = configuration.ReadInt($"{Prefix}{signal}_TIMEOUT", options.TimeoutMilliseconds, 0, int.MaxValue);
    }

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
