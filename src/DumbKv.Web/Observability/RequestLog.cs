using System.Diagnostics;
using DumbKv.Web.Security;

namespace DumbKv.Web.Observability;

/// <summary>
/// A line for a request that failed (Error) or took over a second (Warning); for every other one at Debug, or in
/// Development at Information. Traffic is what metrics are for.
/// </summary>
/// <remarks>Serilog has one too, which prepares a line for every request, written or not.</remarks>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger, IHostEnvironment environment)
{
    private const double SlowMilliseconds = 1_000;

    private readonly LogLevel _usual = environment.IsDevelopment() ? LogLevel.Information : LogLevel.Debug;

    public async Task InvokeAsync(HttpContext http)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        catch (Exception exception)
        {
            // Whoever is above answers with 500, where there is still anybody to answer.
            Log(LogLevel.Error, http, StatusCodes.Status500InternalServerError, Stopwatch.GetElapsedTime(start).TotalMilliseconds, exception);
            throw;
        }

        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Log(LevelOf(http, elapsed), http, http.Response.StatusCode, elapsed, null);
    }

    private LogLevel LevelOf(HttpContext http, double elapsed) => http.Response.StatusCode switch
    {
        // A probe of a store that is not ready failed at nothing: StoreState writes a line when that changes.
        >= 500 => http.WasShed() || http.Request.Path.StartsWithSegments("/health") ? _usual : LogLevel.Error,
        _ => elapsed > SlowMilliseconds ? LogLevel.Warning : _usual,
    };

    private void Log(LogLevel level, HttpContext http, int status, double elapsed, Exception? exception)
    {
        if (logger.IsEnabled(level))
        {
            var route = Logging.RouteOf(http);
            var method = Known(http.Request.Method);
            LogRequest(level, method, route, status, elapsed, exception);
        }
    }

    /// <summary>A method is what its sender likes: a key may stand there by mistake.</summary>
    private static string Known(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "OPTIONS" or "PATCH" ? method : "(another method)";

    [LoggerMessage("{RequestMethod} {Route} answered {StatusCode} in {Elapsed:0.0} ms")]
    private partial void LogRequest(LogLevel level, string requestMethod, string route, int statusCode, double elapsed, Exception? exception);
}
