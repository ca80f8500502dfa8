using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>Storage for the sweeper. Requests do not use it.</summary>
public interface IExpiredEntries
{
    /// <summary>The number of entries that are expired at <paramref name="now"/>, and the earliest time of expiry.</summary>
    Task<ExpiredBacklog> MeasureAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Expired entries in the order of their expiry, at most one batch.</summary>
    Task<IReadOnlyList<EntryId>> FindExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Removes those of <paramref name="ids"/> that are still expired. A key that was set again in the meantime is kept. Writers wait
    /// for at most one batch.
    /// </summary>
    /// <returns>The number of removed entries. Null if another server that shares the store is sweeping.</returns>
    Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Count">Number of expired rows that are not removed yet.</param>
/// <param name="Oldest">The earliest time of expiry among them. Null if there are none.</param>
public sealed record ExpiredBacklog(long Count, DateTimeOffset? Oldest);
