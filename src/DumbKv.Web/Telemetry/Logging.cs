using DumbKv.Infrastructure;
using DumbKv.Web.Auditing;
using DumbKv.Web.Configuration;
using DumbKv.Web.Tokens;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace DumbKv.Web.Telemetry;

/// <summary>Logs to standard output, through <see cref="LogBuffer"/>. No line has a body, a header, a query or a raw path, at any level.</summary>
internal static partial class Logging
{
    public static void AddLogging(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelFor(settings.LogLevel))
            // The framework's own lines below Warning hold paths, queries and malformed request lines.
            .MinimumLevel.Override("Microsoft.AspNetCore", AtLeast(LogEventLevel.Warning, settings.LogLevel))
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", AtLeast(LogEventLevel.Warning, settings.LogLevel))
            // If this category is enabled, the framework creates an activity and a scope for every request.
            // Traces (OTEL_EXPORTER_OTLP_ENDPOINT) do not need it.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", settings.LogLevel < LogLevel.Information ? LogEventLevel.Warning : LevelAlias.Off)
            // A failed statement is logged once, as a failure of the store.
            // Its models and connections are for Trace. Debug has the statements.
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore", settings.LogLevel == LogLevel.Trace ? LogEventLevel.Debug : LogEventLevel.Fatal)
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Database.Command", settings.LogLevel switch
            {
                LogLevel.Trace => LogEventLevel.Debug,
                LogLevel.Debug => LogEventLevel.Information,
                _ => LogEventLevel.Fatal,
            })
            // Npgsql logs every command at Information.
            .MinimumLevel.Override("Npgsql", settings.LogLevel < LogLevel.Information ? LogEventLevel.Debug : LogEventLevel.Fatal)
            // Would log every failed probe. StoreHealth logs when readiness changes.
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
            // A failed start ends in one line of our own (Server.RunAsync).
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
            .Filter.ByExcluding(IsAbortedConnection)
            .Filter.ByExcluding(IsCancelledService)
            .Enrich.With(new PathRemover());

        // The audit log has its own format and no level.
        configuration.MinimumLevel.Override(AuditMiddleware.Category, settings.AuditLog == AuditLog.Off ? LevelAlias.Off : LogEventLevel.Information);

        // One buffer for both, so that their lines stay in the order in which they were logged.
        var buffer = new LogBuffer();
        var logger = buffer.CreateLogger(configuration, output => output
            .Conditional(IsAudit, audit => audit.Console(new AuditFormatter()))
            .WriteTo.Conditional(line => !IsAudit(line), log => _ = settings.LogFormat switch
            {
                LogFormat.Json => log.Console(new RenderedCompactJsonFormatter()),
                _ => log.Console(
                    outputTemplate: "{UtcTimestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {Message:lj}{NewLine}{Exception}",
                    formatProvider: System.Globalization.CultureInfo.InvariantCulture),
            }));

        // Created first, so disposed last: what the other services log when they are disposed is written too.
        builder.Services.AddSingleton(_ => buffer);
        builder.Services.AddSerilog(logger, dispose: false);
    }

    private static bool IsAudit(LogEvent line) => HasCategory(line, AuditMiddleware.Category);

    /// <summary>
    /// Kestrel warns with a stack trace when a client aborts a request body, so a client could fill the log. It is the only warning
    /// of this category without an event id.
    /// </summary>
    private static bool IsAbortedConnection(LogEvent line) =>
        line is { Level: LogEventLevel.Warning, Exception: not null } && HasCategory(line, "Microsoft.AspNetCore.Server.Kestrel") && !line.Properties.ContainsKey("EventId");

    /// <summary>A start that fails early cancels background services before they begin, which the host takes for a crash.</summary>
    private static bool IsCancelledService(LogEvent line) =>
        line.Exception is OperationCanceledException && HasCategory(line, "Microsoft.Extensions.Hosting.Internal.Host");

    private static bool HasCategory(LogEvent line, string name) =>
        line.Properties.TryGetValue(Constants.SourceContextPropertyName, out var category) && category is ScalarValue { Value: string value } && value == name;

    /// <summary>For admin commands: warnings go to standard error, one line each, because standard output is the command's own.</summary>
    public static IServiceCollection AddCommandLogging(this IServiceCollection services) => services.AddLogging(logging => logging.AddSerilog(
        new LoggerConfiguration()
            .MinimumLevel.Warning()
            // The command reports a failure itself, once.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Fatal)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Fatal)
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                outputTemplate: "{Message:lj}{NewLine}",
                formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .CreateLogger(),
        dispose: true));

    public static void Listening(WebApplication app)
    {
        LogListening(app.Logger, ProductInfo.Version, string.Join(", ", app.Urls));
        if (!app.Services.GetRequiredService<TokenPolicy>().IsConfigured)
        {
            LogOpen(app.Logger);
        }

        if (app.Services.GetRequiredService<DatabaseOptions>().Pepper is null)
        {
            LogNoPepper(app.Logger);
        }
    }

    public static void Stopping(WebApplication app) => LogStopping(app.Logger);

    public static void Stopped(WebApplication app, TimeSpan elapsed) => LogStopped(app.Logger, elapsed.TotalSeconds);

    public static void Warn(WebApplication app, string warning) => LogWarning(app.Logger, warning);

    [LoggerMessage(LogLevel.Information, "DumbKV {Version} listens on {Addresses}")]
    private static partial void LogListening(Microsoft.Extensions.Logging.ILogger logger, string version, string addresses);

    [LoggerMessage(LogLevel.Information, "TOKENS_FILE and WRITE_TOKENS are not set: anyone who reaches this server can set and delete values")]
    private static partial void LogOpen(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(LogLevel.Information, "PEPPER is not set: anyone who has a copy of the database can test guessed keys on it")]
    private static partial void LogNoPepper(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(LogLevel.Information, "Stopping: requests in progress are completed")]
    private static partial void LogStopping(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(LogLevel.Information, "Stopped after {Seconds:0.0} s")]
    private static partial void LogStopped(Microsoft.Extensions.Logging.ILogger logger, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    private static partial void LogWarning(Microsoft.Extensions.Logging.ILogger logger, string warning);

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
        // ASP.NET Core adds the path to every line that is logged during a request.
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => logEvent.RemovePropertyIfPresent("RequestPath");
    }
}
