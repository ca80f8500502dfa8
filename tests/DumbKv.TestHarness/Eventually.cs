using System.Diagnostics;

namespace DumbKv.TestHarness;

public static class Eventually
{
    /// <summary>How long it took until the condition held.</summary>
    public static async Task<TimeSpan> HoldsAsync(Func<Task<bool>> condition, int seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(seconds), "the condition should come true in time");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        return watch.Elapsed;
    }

    public static Task<TimeSpan> HoldsAsync(Func<bool> condition, int seconds = 60) => HoldsAsync(() => Task.FromResult(condition()), seconds);

    /// <summary>After something was written to a SQLite file past the server, whose readers keep a snapshot for a millisecond.</summary>
    public static async Task ReadersCatchUpAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromMilliseconds(2))
        {
            await Task.Yield();
        }
    }
}
