using DumbKv.Web.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace DumbKv.Web.Observability;

/// <summary>Logs to standard output. No line carries a body, a header, a query or a raw path, at any level.</summary>
internal static partial class Logging
{
    public static void AddLogging(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelFor(settings.LogLevel))
            // The framework's own lines hold paths, queries and malformed request lines below Warning.
            .MinimumLevel.Override("Microsoft.AspNetCore", AtLeast(LogEventLevel.Warning, settings.LogLevel))
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", AtLeast(LogEventLevel.Warning, settings.LogLevel))
            // While this category may write at all, every request has an activity and a scope, for lines that are hardly ever written.
            // Spans (OTEL_EXPORTER_OTLP_ENDPOINT) do not need it.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", settings.LogLevel < LogLevel.Information ? LogEventLevel.Warning : LevelAlias.Off)
            // A failed statement reaches the log once, as the store's failure.
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore", settings.LogLevel < LogLevel.Information ? LogEventLevel.Debug : LogEventLevel.Fatal)
            // A line for every command, at Information.
            .MinimumLevel.Override("Npgsql", settings.LogLevel < LogLevel.Information ? LogEventLevel.Debug : LogEventLevel.Fatal)
            // Every probe of a store that is not ready would be a line: StoreState writes one when that changes.
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
            // A start that fails ends in one line of our own (Server.RunAsync).
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
            // A caller that breaks off a body would have a stack trace written each time: a way to fill a log.
            .Filter.ByExcluding(line => line.MessageTemplate.Text == "Connection processing ended abnormally.")
            .Enrich.With(new PathRemover());

        configuration
            .WriteTo.Conditional(line => !IsAudit(line), log => _ = settings.LogFormat switch
            {
                LogFormat.Json => log.Console(new RenderedCompactJsonFormatter()),
                _ => log.Console(
                    outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
                    formatProvider: System.Globalization.CultureInfo.InvariantCulture),
            })
            // The audit trail has its own format and no level, and where the output cannot keep up its lines are dropped.
            .MinimumLevel.Override(Audit.Category, settings.AuditLog == AuditLog.Off ? LevelAlias.Off : LogEventLevel.Information)
            .WriteTo.Conditional(IsAudit, log => log.Async(output => output.Console(new AuditFormatter()), bufferSize: 10_000, blockWhenFull: false));

        builder.Services.AddSerilog(configuration.CreateLogger(), dispose: true);
    }

    private static bool IsAudit(LogEvent line) =>
        line.Properties.TryGetValue(Constants.SourceContextPropertyName, out var category) && category is ScalarValue { Value: Audit.Category };

    /// <summary>An admin verb's warnings, one line each on standard error: its own words are its output.</summary>
    public static IServiceCollection AddVerbLogging(this IServiceCollection services) => services.AddLogging(logging => logging.AddSerilog(
        new LoggerConfiguration()
            .MinimumLevel.Warning()
            // What fails ends the verb, which says so once.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Fatal)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Fatal)
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                outputTemplate: "{Message:lj}{NewLine}",
                formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .CreateLogger(),
        dispose: true));

    public static void Listening(WebApplication app) =>
        LogListening(app.Logger, Server.Version, string.Join(", ", app.Urls));

    /// <summary>The route's template: what a caller typed into the path stays out.</summary>
    public static string RouteOf(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route ? $"/{route.TrimStart('/')}" : "(no route)";

    [LoggerMessage(LogLevel.Information, "DumbKV {Version} listens on {Addresses}")]
    private static partial void LogListening(Microsoft.Extensions.Logging.ILogger logger, string version, string addresses);

    private static LogEventLevel AtLeast(LogEventLevel floor, LogLevel asked) => (LogEventLevel)Math.Max((int)floor, (int)LevelFor(asked));

    private static LogEventLevel LevelFor(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        LogLevel.Critical => LogEventLevel.Fatal,
        _ => LevelAlias.Off,
    };

    private sealed class PathRemover : ILogEventEnricher
    {
        // ASP.NET Core adds the path to every line that is written while a request is served.
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => logEvent.RemovePropertyIfPresent("RequestPath");
    }
}
