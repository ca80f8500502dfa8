namespace DumbKv.Web.Observability;

internal static class MetricsPort
{
    /// <summary>
    /// Where METRICS_PORT is set, nothing but /metrics answers there, and /metrics nowhere else. The port that the request came
    /// in on decides: a Host header says what its sender likes.
    /// </summary>
    public static void UseMetricsPort(this IApplicationBuilder app, int? port)
    {
        if (port is null)
        {
            return;
        }

        app.Use((http, next) =>
        {
            if ((http.Connection.LocalPort == port) == http.Request.Path.Equals(Telemetry.MetricsPath, StringComparison.OrdinalIgnoreCase))
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }
}
