using System.Collections.Concurrent;
using DumbKv.Application;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Errors;

/// <summary>Logs why the store did not serve requests, for each cause at most once in ten seconds.</summary>
public sealed partial class StoreFailureLog(ILogger<StoreFailureLog> logger)
{
    // One for each cause, so that none hides another. The message of a store exception is a constant.
    private readonly ConcurrentDictionary<string, WarningThrottle> _throttles = [];

    public void Note(StoreException exception)
    {
        var cause = exception.InnerException;
        if (!_throttles.GetOrAdd(cause?.GetType().Name ?? exception.Message, _ => new WarningThrottle(TimeProvider.System)).ShouldWrite(out var count))
        {
            return;
        }

        if (cause is null)
        {
            LogRefusal(count, exception.Message);
        }
        else
        {
            LogFailure(cause.GetType().Name, count, cause.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store failed: {Type}, times since the last line: {Count}. {Reason}")]
    private partial void LogFailure(string type, long count, string reason);

    [LoggerMessage(LogLevel.Warning, "The store refused a request, times since the last line: {Count}. {Reason}")]
    private partial void LogRefusal(long count, string reason);
}
