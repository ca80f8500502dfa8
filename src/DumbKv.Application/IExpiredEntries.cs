using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>Storage for the sweeper. Requests do not use it.</summary>
public interface IExpiredEntries
{
    /// <summary>The number of entries that are expired at <paramref name="now"/>, and when the first of them expired.</summary>
    Task<ExpiredBacklog> MeasureAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Expired entries, the longest expired first, at most one batch.</summary>
    Task<IReadOnlyList<EntryId>> FindExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Removes those of <paramref name="ids"/> that are still expired. A key that was set again meanwhile is kept. Writers wait for
    /// at most one batch.
    /// </summary>
    /// <returns>The number of removed entries. Null if another server that shares the store is sweeping.</returns>
    Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Count">Expired rows that are still there.</param>
/// <param name="Oldest">When the first of them expired; null where there is none.</param>
public sealed record ExpiredBacklog(long Count, DateTimeOffset? Oldest);
