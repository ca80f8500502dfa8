using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>The storage that the use cases need. Each call is one atomic statement on one row.</summary>
/// <remarks>
/// Writes take no cancellation token: if a client disconnects, its write still happens completely or not at all.
/// Each call can throw a <see cref="StoreException"/>.
/// </remarks>
public interface IEntryStore
{
    /// <summary>The row as stored, expired or not. Null if there is none.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="budget">Asked for the memory of a large value before the value is read.</param>
    /// <param name="cancellationToken">Ends the read early.</param>
    ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken);

    /// <summary>Writes the whole row if <paramref name="condition"/> holds at <paramref name="now"/>. True once it is on disk.</summary>
    ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now);

    /// <summary>
    /// Replaces a read-once entry with its receipt, if the entry still has the version that was read and has not expired. True once
    /// that is on disk, and then for one caller only. A full store does not refuse it.
    /// </summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="read">The version that was read.</param>
    /// <param name="now">The current time.</param>
    ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now);

    /// <summary>
    /// Removes the row if <paramref name="condition"/>, which is not that there is none, holds at <paramref name="now"/>. True if this
    /// call removed one, even an expired one or a receipt.
    /// </summary>
    ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now);
}
