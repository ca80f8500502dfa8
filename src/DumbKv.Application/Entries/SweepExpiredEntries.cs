namespace DumbKv.Application.Entries;

/// <summary>
/// Removes the rows of expired entries. They are invisible to readers from their expiry on; this gives their room back.
/// </summary>
public sealed class SweepExpiredEntriesHandler(IExpiredEntries store, TimeProvider time, KvMetrics metrics)
{
    /// <summary>After each batch it rests for as many times as long as the batch took: the store is there for requests.</summary>
    private const int Rests = 10;

    /// <summary>Where the oldest row has been expired for longer, it does not rest: rows expire faster than that.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(10);

    /// <summary>Removes batch after batch until none is left, or another server turns out to be doing it.</summary>
    /// <returns>How many rows this call removed.</returns>
    public async Task<long> HandleAsync(CancellationToken cancellationToken)
    {
        long removed = 0;
        var now = time.GetUtcNow();
        var backlog = await store.MeasureAsync(now, cancellationToken);
        metrics.Backlog(backlog, now);
        var rests = now - backlog.Oldest > Behind ? 0 : Rests;

        while (true)
        {
            var start = time.GetTimestamp();
            if (await store.FindExpiredAsync(now, cancellationToken) is not { Count: > 0 } ids
                || await store.RemoveExpiredAsync(ids, now, cancellationToken) is not { } batch)
            {
                break;
            }

            removed += batch;
            metrics.Swept(batch);
            await Task.Delay(rests * time.GetElapsedTime(start), time, cancellationToken);
        }

        now = time.GetUtcNow();
        metrics.Backlog(await store.MeasureAsync(now, cancellationToken), now);
        return removed;
    }
}
