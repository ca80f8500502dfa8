namespace DumbKv.Infrastructure;

/// <summary>For a warning that repeats while its cause lasts. It is written at most every ten seconds, with the number of occurrences.</summary>
public sealed class WarningThrottle(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _last;
    private long _count;

    /// <summary>Called for each occurrence. True if the warning should be written.</summary>
    /// <param name="count">The number of occurrences since the last line, including this one.</param>
    public bool ShouldWrite(out long count)
    {
        lock (_lock)
        {
            count = ++_count;
            if (_last is { } last && time.GetElapsedTime(last) < Interval)
            {
                return false;
            }

            _last = time.GetTimestamp();
            _count = 0;
            return true;
        }
    }
}
