using System.Diagnostics;
using DumbKv.Application;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DumbKv.Web.Observability;

internal static class Telemetry
{
    private static readonly string[] Meters = [KvMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>What a span repeats of a request. A method that HTTP knows is in another tag.</summary>
    private static readonly string[] CallersOwn = ["url.query", "server.address", "server.port", "http.request.method_original", "user_agent.original"];

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
                .AddAspNetCoreInstrumentation(spans => spans.EnrichWithHttpResponse = RemoveWhatCallersWrote)
                .AddOtlpExporter());
        }
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new MetricsPort.AnswersMetrics());

    /// <summary>A key does not belong into an address, a host's name, a method or a header, but may stand there by mistake.</summary>
    private static void RemoveWhatCallersWrote(Activity activity, HttpResponse response)
    {
        activity.SetTag("url.path", Logging.RouteOf(response.HttpContext));
        foreach (var tag in CallersOwn)
        {
            activity.SetTag(tag, null);
        }

        activity.TraceStateString = null;
    }
}
