using System.Diagnostics;
using DumbKv.Web.Http;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Logs failed requests (Error), requests that took over a second (Warning), and all others at Debug, or at Information in
/// Development. Metrics describe normal traffic.
/// </summary>
/// <remarks>Serilog's middleware is not used, because it prepares a line for every request, written or not.</remarks>
internal sealed partial class RequestLoggingMiddleware(RequestDelegate next, ILogger<RequestLoggingMiddleware> logger, IHostEnvironment environment)
{
    private const double SlowMilliseconds = 1_000;

    private readonly LogLevel _defaultLevel = environment.IsDevelopment() ? LogLevel.Information : LogLevel.Debug;

    public async Task InvokeAsync(HttpContext http)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        catch (Exception exception)
        {
            // The exception handler above responds with 500, if the client is still connected.
            Log(LogLevel.Error, http, StatusCodes.Status500InternalServerError, Stopwatch.GetElapsedTime(start).TotalMilliseconds, exception);
            throw;
        }

        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Log(LevelFor(http, elapsed), http, http.Response.StatusCode, elapsed, null);
    }

    private LogLevel LevelFor(HttpContext http, double elapsed) => http.Response.StatusCode switch
    {
        // Overload and readiness have log lines of their own.
        >= 500 => http.WasRejectedByConcurrencyLimit() || http.Request.Path.StartsWithSegments("/health") ? _defaultLevel : LogLevel.Error,
        _ => elapsed > SlowMilliseconds ? LogLevel.Warning : _defaultLevel,
    };

    private void Log(LogLevel level, HttpContext http, int status, double elapsed, Exception? exception)
    {
        if (logger.IsEnabled(level))
        {
            var route = http.RouteTemplate();
            var method = KnownMethod(http.Request.Method);
            LogRequest(level, method, route, status, elapsed, exception);
        }
    }

    /// <summary>The method is client input, so it may hold a key by mistake.</summary>
    private static string KnownMethod(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "OPTIONS" or "PATCH" ? method : "(another method)";

    [LoggerMessage("{RequestMethod} {Route} answered {StatusCode} in {Elapsed:0.0} ms")]
    private partial void LogRequest(LogLevel level, string requestMethod, string route, int statusCode, double elapsed, Exception? exception);
}
