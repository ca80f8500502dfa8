using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>What the use cases need of storage. Every call is one atomic statement on one row.</summary>
/// <remarks>
/// Writes take no cancellation token: a caller that goes away leaves either all of a write or nothing of it.
/// Any call can end in a <see cref="StoreException"/>.
/// </remarks>
public interface IEntryStore
{
    /// <summary>The row as stored, expired or not; null where there is none.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="budget">Asked for the memory of a large value before the value is read.</param>
    /// <param name="cancellationToken">Ends the read early.</param>
    ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken);

    /// <summary>Writes the whole row where <paramref name="condition"/> holds at <paramref name="now"/>; true once it is on disk.</summary>
    ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now);

    /// <summary>Removes the row where <paramref name="condition"/> holds at <paramref name="now"/>; true where this call removed one.</summary>
    ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now);
}
