namespace DumbKv.Application.Entries;

/// <summary>
/// Removes the rows of expired entries and old receipts. Reads ignore both, so this only frees their space.
/// </summary>
public sealed class SweepExpiredEntriesHandler(IExpiredEntries store, EntryLimits limits, TimeProvider time, KvMetrics metrics)
{
    /// <summary>After each batch the sweeper pauses for this multiple of the batch's duration, so that requests can use the store.</summary>
    private const int PauseFactor = 10;

    /// <summary>If the oldest row has been due for longer, there are no pauses: rows become due faster than they are removed.</summary>
    private static readonly TimeSpan TooFarBehind = TimeSpan.FromMinutes(10);

    /// <summary>Removes batches until no row is due, or another server is sweeping.</summary>
    /// <returns>The number of rows that this call removed.</returns>
    public async Task<long> HandleAsync(CancellationToken cancellationToken)
    {
        long removed = 0;
        var due = Due();
        var backlog = await store.MeasureAsync(due, cancellationToken);
        metrics.Backlog(backlog, due.Now);
        var pauseFactor = due.Now - backlog.Oldest > TooFarBehind ? 0 : PauseFactor;

        while (true)
        {
            var start = time.GetTimestamp();
            if (await store.FindExpiredAsync(due, cancellationToken) is not { Count: > 0 } ids
                || await store.RemoveExpiredAsync(ids, due, cancellationToken) is not { } batch)
            {
                break;
            }

            removed += batch;
            metrics.Swept(batch);
            await Task.Delay(pauseFactor * time.GetElapsedTime(start), time, cancellationToken);
        }

        due = Due();
        metrics.Backlog(await store.MeasureAsync(due, cancellationToken), due.Now);
        return removed;
    }

    private SweepDue Due() => new(time.GetUtcNow(), limits.ReceiptRetention);
}
