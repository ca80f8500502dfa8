namespace DumbKv.Application.Entries;

/// <summary>
/// Removes the rows of expired entries. Reads ignore expired entries, so this only frees their space.
/// </summary>
public sealed class SweepExpiredEntriesHandler(IExpiredEntries store, TimeProvider time, KvMetrics metrics)
{
    /// <summary>After each batch the sweeper pauses for this multiple of the batch's duration, so that requests can use the store.</summary>
    private const int PauseFactor = 10;

    /// <summary>If the oldest row has been expired for longer, there are no pauses: rows expire faster than they are removed.</summary>
    private static readonly TimeSpan TooFarBehind = TimeSpan.FromMinutes(10);

    /// <summary>Removes batches until there are no more expired rows, or another server is sweeping.</summary>
    /// <returns>The number of rows that this call removed.</returns>
    public async Task<long> HandleAsync(CancellationToken cancellationToken)
    {
        long removed = 0;
        var now = time.GetUtcNow();
        var backlog = await store.MeasureAsync(now, cancellationToken);
        metrics.Backlog(backlog, now);
        var pauseFactor = now - backlog.Oldest > TooFarBehind ? 0 : PauseFactor;

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
            await Task.Delay(pauseFactor * time.GetElapsedTime(start), time, cancellationToken);
        }

        now = time.GetUtcNow();
        metrics.Backlog(await store.MeasureAsync(now, cancellationToken), now);
        return removed;
    }
}
