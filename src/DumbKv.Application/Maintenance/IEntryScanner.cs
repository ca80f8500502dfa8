using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>A whole store, its rows still sealed: what copying and checking need of it. Nobody's keys are.</summary>
public interface IEntryScanner
{
    /// <summary>Expired rows count too, until they are swept.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Every row of one moment once, in batches that fit in memory and in no particular order.</summary>
    IAsyncEnumerable<IReadOnlyList<Entry>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The rows that stand in the places of <paramref name="batch"/>.</summary>
    Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);

    /// <summary>In one transaction, adds those rows whose place is free, and leaves the others alone.</summary>
    Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);
}
