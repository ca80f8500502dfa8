using System.Diagnostics.Tracing;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Telemetry;

/// <summary>
/// Logs that metrics or traces could not be exported. OpenTelemetry reports that only as events of its own (self-diagnostics), so
/// that a wrong endpoint would go unnoticed.
/// </summary>
internal sealed partial class ExportFailureListener : EventListener, IHostedService
{
    private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private readonly WarningThrottle _throttle;
    private readonly ILogger _logger;

    public ExportFailureListener(TimeProvider time, ILogger<ExportFailureListener> logger)
    {
        _throttle = new WarningThrottle(time);
        _logger = logger;

        // Not in OnEventSourceCreated, which the base constructor calls before the fields are set.
        EventSourceCreated += (_, created) =>
        {
            if (created.EventSource?.Name == Source)
            {
                EnableEvents(created.EventSource, EventLevel.Error);
            }
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_throttle.ShouldWrite(out var count))
        {
            // The last field is an exception as text: its type, its message and then the stack, line by line.
            var reason = $"{eventData.Payload?[^1]}".Split('\n')[0].Trim();
            LogFailure(_logger, reason[(reason.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end ? end + 2 : 0)..], count);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Metrics or traces are not exported: {Reason}. Check OTEL_EXPORTER_OTLP_ENDPOINT and its collector. {Count} failed since the last such line")]
    private static partial void LogFailure(ILogger logger, string reason, long count);
}
