using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>Storage for the sweeper. Requests do not use it.</summary>
public interface IExpiredEntries
{
    /// <summary>The number of rows that are due.</summary>
    Task<ExpiredBacklog> MeasureAsync(SweepDue due, CancellationToken cancellationToken);

    /// <summary>Rows that are due: expired entries, then receipts, each in the order in which they became due. At most one batch.</summary>
    Task<IReadOnlyList<EntryId>> FindExpiredAsync(SweepDue due, CancellationToken cancellationToken);

    /// <summary>
    /// Removes those of <paramref name="ids"/> that are still due. A key that was set again in the meantime is kept. Writers wait
    /// for at most one batch.
    /// </summary>
    /// <returns>The number of removed rows. Null if another server that shares the store is sweeping.</returns>
    Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, SweepDue due, CancellationToken cancellationToken);
}

/// <summary>Which rows are due to be removed.</summary>
/// <param name="Now">Entries that expired at this time or before.</param>
/// <param name="ReceiptRetention">Receipts of entries that were read this long before, or longer.</param>
public sealed record SweepDue(DateTimeOffset Now, TimeSpan ReceiptRetention)
{
    /// <summary>Receipts of entries that were read at this time or before.</summary>
    public DateTimeOffset ReadBefore => Now - ReceiptRetention;
}

/// <param name="Count">Number of rows that are due and not removed yet.</param>
/// <param name="Oldest">The earliest time at which one of them became due. Null if there are none.</param>
public sealed record ExpiredBacklog(long Count, DateTimeOffset? Oldest);
