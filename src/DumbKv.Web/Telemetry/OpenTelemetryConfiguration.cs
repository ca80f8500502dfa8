using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Web.Configuration;
using DumbKv.Web.Http;
using DumbKv.Web.Middleware;
using DumbKv.Web.Tokens;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DumbKv.Web.Telemetry;

internal static class OpenTelemetryConfiguration
{
    private static readonly string[] Meters = [KvMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>The tags of a span that hold client input. A known HTTP method is in another tag.</summary>
    private static readonly string[] ClientInputTags = ["url.query", "server.address", "server.port", "http.request.method_original", "user_agent.original"];

    /// <summary>Metrics for Prometheus, and metrics and traces over OTLP if OTEL_EXPORTER_OTLP_ENDPOINT or the signal's own is set.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var exportsMetrics = TelemetrySettings.Exports(builder.Configuration, "METRICS");
        var exportsTraces = TelemetrySettings.Exports(builder.Configuration, "TRACES");

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
            {
                if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_SERVICE_NAME"]))
                {
                    resource.AddService("dumbkv", serviceVersion: ProductInfo.Version);
                }
            })
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters).AddPrometheusExporter();

                // The default is 2,000 series for each instrument.
                metrics.AddView(KvMetrics.TokenRequestsName, new MetricStreamConfiguration { CardinalityLimit = 4 * TokensFile.MaxTokens });
                if (exportsMetrics)
                {
                    metrics.AddOtlpExporter(options => TelemetrySettings.Configure(options, builder.Configuration, "METRICS"));
                }
            });

        if (exportsTraces)
        {
            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(spans => spans.EnrichWithHttpResponse = RemoveClientInput)
                .AddOtlpExporter(options => TelemetrySettings.Configure(options, builder.Configuration, "TRACES")));
        }

        if (exportsMetrics || exportsTraces)
        {
            builder.Services.AddHostedService<ExportFailureListener>();
        }
    }

    public static void MapMetrics(this WebApplication app) =>
        app.MapPrometheusScrapingEndpoint("/metrics").OnMetricsPort(exclusive: true).AllowAnyHost();

    /// <summary>A URL, host name, method or header may hold a key by mistake.</summary>
    private static void RemoveClientInput(Activity activity, HttpResponse response)
    {
        activity.SetTag("url.path", response.HttpContext.RouteTemplate());
        foreach (var tag in ClientInputTags)
        {
            activity.SetTag(tag, null);
        }

        activity.TraceStateString = null;
    }
}
