using DumbKv.Application;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DumbKv.Web.Observability;

internal static class Telemetry
{
    public const string MetricsPath = "/metrics";

    private static readonly string[] Meters = [KvMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Metrics for Prometheus always; metrics and traces over OTLP too where OTEL_EXPORTER_OTLP_ENDPOINT is set.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var exports = !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
            {
                if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_SERVICE_NAME"]))
                {
                    resource.AddService("dumbkv", serviceVersion: Server.Version);
                }
            })
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters).AddPrometheusExporter();
                if (exports)
                {
                    metrics.AddOtlpExporter();
                }
            });

        if (exports)
        {
            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(spans => spans.EnrichWithHttpResponse = (activity, response) =>
                {
                    // What a caller typed into the address stays out: a key does not belong there, but may stand there by mistake.
                    activity.SetTag("url.path", Logging.RouteOf(response.HttpContext));
                    activity.SetTag("url.query", null);
                })
                .AddOtlpExporter());
        }
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint(MetricsPath);
}
