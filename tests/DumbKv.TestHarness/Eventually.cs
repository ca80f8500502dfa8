using System.Diagnostics;

namespace DumbKv.TestHarness;

public static class Eventually
{
    /// <summary>Waits until the condition holds, and returns how long that took.</summary>
    public static async Task<TimeSpan> HoldsAsync(Func<Task<bool>> condition, int seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(seconds), "the condition should become true in time");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        return watch.Elapsed;
    }

    public static Task<TimeSpan> HoldsAsync(Func<bool> condition, int seconds = 60) => HoldsAsync(() => Task.FromResult(condition()), seconds);

    /// <summary>Call it after a direct write to a SQLite file, because the server's readers keep a snapshot for a millisecond.</summary>
    public static async Task ReadersCatchUpAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromMilliseconds(2))
        {
            await Task.Yield();
        }
    }
}
