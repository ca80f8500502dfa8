using System.Text.Json;
using DumbKv.Application;
using DumbKv.Web.Middleware;
using DumbKv.Web.Telemetry;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DumbKv.Web.Hosting;

internal static class HealthEndpoints
{
    private const string Ready = "ready";

    public static IServiceCollection AddStoreHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<StoreCheck>("store", tags: [Ready]);
        return services;
    }

    public static void MapHealth(this WebApplication app)
    {
        // Liveness has no check: a restart does not repair a database that is unavailable.
        Map("/health", _ => false);
        Map("/health/live", _ => false);
        Map("/health/ready", check => check.Tags.Contains(Ready));

        void Map(string path, Func<HealthCheckRegistration, bool> checks) =>
            app.MapHealthChecks(path, Respond(checks)).AllowAnyHost().OnMetricsPort(exclusive: false);
    }

    private static HealthCheckOptions Respond(Func<HealthCheckRegistration, bool> checks) => new()
    {
        Predicate = checks,
        ResponseWriter = WriteAsync,
    };

    /// <summary><c>{"status": "healthy"}</c>. If a check failed, "checks" has its name and reason.</summary>
    private static async Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);

        json.WriteStartObject();
        json.WriteString("status", report.Status == HealthStatus.Healthy ? "healthy" : "unhealthy");
        if (report.Status != HealthStatus.Healthy)
        {
            json.WriteStartObject("checks");
            foreach (var (name, entry) in report.Entries)
            {
                json.WriteString(name, entry.Description);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private sealed class StoreCheck(IStoreHealth store) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await store.FindFaultAsync(cancellationToken) is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy("ok");
    }
}
