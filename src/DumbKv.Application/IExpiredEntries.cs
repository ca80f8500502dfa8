using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>What sweeping needs of storage. None of it is on the way of a request.</summary>
public interface IExpiredEntries
{
    /// <summary>How many there are at <paramref name="now"/>, and when the first of them expired.</summary>
    Task<ExpiredBacklog> MeasureAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Some of them, the longest expired first; at most as many as one batch removes.</summary>
    Task<IReadOnlyList<EntryId>> FindExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Removes those of <paramref name="ids"/> that are still expired: a key that was set again meanwhile stays. Writers wait
    /// for one batch at the most.
    /// </summary>
    /// <returns>How many it removed; null where another server that shares the store is sweeping just now.</returns>
    Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Count">Expired rows that are still there.</param>
/// <param name="Oldest">When the first of them expired; null where there is none.</param>
public sealed record ExpiredBacklog(long Count, DateTimeOffset? Oldest);
