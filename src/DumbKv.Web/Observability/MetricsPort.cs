namespace DumbKv.Web.Observability;

internal static class MetricsPort
{
    /// <summary>
    /// Where METRICS_PORT is set, nothing but /metrics answers there, and /metrics nowhere else. The port that the request came
    /// in on decides, and what would answer it: a Host header says what its sender likes, and a path has several spellings.
    /// </summary>
    public static void UseMetricsPort(this IApplicationBuilder app, int? port)
    {
        if (port is null)
        {
            return;
        }

        app.Use((http, next) =>
        {
            if ((http.Connection.LocalPort == port) == http.GetEndpoint()?.Metadata.GetMetadata<AnswersMetrics>() is not null)
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    /// <summary>On the endpoint.</summary>
    internal sealed class AnswersMetrics;
}
