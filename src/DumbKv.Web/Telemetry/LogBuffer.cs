using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Sinks.Async;

namespace DumbKv.Web.Telemetry;

/// <summary>
/// Buffers log lines in memory and writes them on a thread of its own, so that no request waits for standard output. While
/// standard output accepts nothing, the buffer fills up, and further lines are dropped and counted.
/// </summary>
internal sealed class LogBuffer : IAsyncLogEventSinkMonitor, IDisposable
{
    private const int MaxLines = 10_000;

    /// <summary>Time to write the buffered lines at a stop. If standard output accepts none, the stop must not hang.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(3);

    private Logger? _logger;
    private IAsyncLogEventSinkInspector? _buffer;

    /// <summary>Lines that were dropped since the start because the buffer was full.</summary>
    public long DroppedLines => Volatile.Read(ref _buffer)?.DroppedMessagesCount ?? 0;

    /// <summary>A logger that writes to <paramref name="sinks"/> through the buffer, which owns it.</summary>
    public Logger CreateLogger(LoggerConfiguration configuration, Action<LoggerSinkConfiguration> sinks)
    {
        var logger = configuration.WriteTo.Async(sinks, bufferSize: MaxLines, blockWhenFull: false, monitor: this).CreateLogger();
        _logger = logger;
        return logger;
    }

    void IAsyncLogEventSinkMonitor.StartMonitoring(IAsyncLogEventSinkInspector inspector) => Volatile.Write(ref _buffer, inspector);

    void IAsyncLogEventSinkMonitor.StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
        // The count stays.
    }

    /// <summary>Writes what is buffered. The logger's own Dispose waits for that without a limit.</summary>
    public void Dispose() => Task.Run(() => _logger?.Dispose()).Wait(FlushTimeout);
}
