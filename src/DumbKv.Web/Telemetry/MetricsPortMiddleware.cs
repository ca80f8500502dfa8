namespace DumbKv.Web.Telemetry;

internal static class MetricsPortMiddleware
{
    /// <summary>
    /// If METRICS_PORT is set, only /metrics is served on that port, and /metrics nowhere else. Decides by the local port and the
    /// matched endpoint, because the Host header is client input and a path has several spellings.
    /// </summary>
    public static void UseMetricsPort(this IApplicationBuilder app, int? port)
    {
        if (port is null)
        {
            return;
        }

        app.Use((http, next) =>
        {
            if ((http.Connection.LocalPort == port) == http.GetEndpoint()?.Metadata.GetMetadata<MetricsEndpointMarker>() is not null)
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    /// <summary>Metadata of the endpoint /metrics.</summary>
    internal sealed class MetricsEndpointMarker;
}
