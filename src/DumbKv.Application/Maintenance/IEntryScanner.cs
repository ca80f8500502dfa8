using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>Access to all rows of a store, still encrypted, for copying and checking.</summary>
public interface IEntryScanner
{
    /// <summary>The number of rows, including expired ones that are not swept yet.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>All rows of one snapshot, in batches that fit in memory and in no particular order.</summary>
    IAsyncEnumerable<IReadOnlyList<Entry>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The rows with the primary keys of <paramref name="batch"/>.</summary>
    Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);

    /// <summary>Adds the rows whose primary key is free, in one transaction. Other rows are not changed.</summary>
    Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);
}
