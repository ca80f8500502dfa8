namespace DumbKv.Application.Entries;

/// <summary>
/// Removes the rows of expired entries. They are invisible to readers from their expiry on; this gives their room back.
/// </summary>
public sealed class SweepExpiredEntriesHandler(IExpiredEntries store, TimeProvider time, KvMetrics metrics)
{
    /// <summary>Removes batch after batch until none is left, or another server turns out to be doing it.</summary>
    /// <returns>How many rows this call removed.</returns>
    public async Task<long> HandleAsync(CancellationToken cancellationToken)
    {
        long removed = 0;
        var now = time.GetUtcNow();
        metrics.Backlog(await store.MeasureAsync(now, cancellationToken), now);

        while (await store.FindExpiredAsync(now, cancellationToken) is { Count: > 0 } ids
            && await store.RemoveExpiredAsync(ids, now, cancellationToken) is { } batch)
        {
            removed += batch;
            metrics.Swept(batch);
        }

        now = time.GetUtcNow();
        metrics.Backlog(await store.MeasureAsync(now, cancellationToken), now);
        return removed;
    }
}
