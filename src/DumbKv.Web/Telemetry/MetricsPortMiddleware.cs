using DumbKv.Web.Errors;

namespace DumbKv.Web.Telemetry;

internal static class MetricsPortMiddleware
{
    /// <summary>
    /// If METRICS_PORT is set, only /metrics and /health* are served on that port, and /metrics nowhere else. Decides by the local
    /// port and the matched endpoint, because the Host header is client input and a path has several spellings.
    /// </summary>
    public static void UseMetricsPort(this IApplicationBuilder app, int? port)
    {
        if (port is null)
        {
            return;
        }

        app.Use((http, next) =>
        {
            var marker = http.GetEndpoint()?.Metadata.GetMetadata<Marker>();
            if (http.Connection.LocalPort == port ? marker is not null : marker is not { IsExclusive: true })
            {
                return next(http);
            }

            return http.WriteProblemAsync(
                StatusCodes.Status404NotFound, http.Connection.LocalPort == port ? ErrorMessages.MetricsPortOnly : ErrorMessages.MetricsElsewhere);
        });
    }

    /// <summary>Serves the endpoint on the metrics port.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="exclusive">Not on the other ports.</param>
    public static TBuilder OnMetricsPort<TBuilder>(this TBuilder endpoint, bool exclusive)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Marker(exclusive));

    private sealed record Marker(bool IsExclusive);
}
