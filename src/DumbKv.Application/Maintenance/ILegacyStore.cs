using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>The original server's table <c>kv(database_id, key, value)</c>, in this store or in another database.</summary>
public interface ILegacyStore
{
    /// <summary>How many rows there are; null where there is no table of exactly these three columns.</summary>
    Task<long?> CountAsync(CancellationToken cancellationToken);

    /// <summary>Every row once, in batches that fit in memory. Rows of a batch may be removed before the next one is asked for.</summary>
    IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The store that the original server's entries are imported into.</summary>
public interface IImportTarget
{
    /// <summary>
    /// In one transaction: stores each entry whose place is free, reads back what stands in that place, and removes the
    /// original's row where <see cref="ReencryptedEntry.IsKept"/> says that its value is safe there.
    /// </summary>
    /// <param name="batch">The rows, encrypted again.</param>
    /// <param name="removeOriginals">The rows are in this store's database. Otherwise nothing is removed.</param>
    /// <param name="now">The time: an expired entry's place is free.</param>
    /// <param name="cancellationToken">Leaves all of the batch or nothing of it.</param>
    /// <returns>Those whose place is taken by another value: they stay.</returns>
    Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
        IReadOnlyList<ReencryptedEntry> batch, bool removeOriginals, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// After the last row: leaves nothing of the original's ciphertext in this store's files, and drops its table where it
    /// is empty. The next call repeats unfinished work.
    /// </summary>
    Task ScrubAsync(CancellationToken cancellationToken);
}

/// <summary>A row of the original's table as it stands there. Its key column opens its value, so it never prints itself.</summary>
/// <param name="place">Its rowid or ctid: how reports name it.</param>
/// <param name="database">Null where it is no integer of 32 bits.</param>
/// <param name="key">Null where it is no text.</param>
/// <param name="token">Null where it is no text.</param>
public sealed class LegacyRow(string place, int? database, string? key, string? token)
{
    public string Place { get; } = place;

    public int? Database { get; } = database;

    public string? Key { get; } = key;

    public string? Token { get; } = token;
}

/// <summary>A row of the original server, and the entry that replaces it.</summary>
/// <param name="row">The original's row.</param>
/// <param name="entry">The entry.</param>
/// <param name="isKept">Opens what stands in the entry's place and compares it with the row's value.</param>
public sealed class ReencryptedEntry(LegacyRow row, Entry entry, Func<Entry, bool> isKept)
{
    public LegacyRow Row { get; } = row;

    public Entry Entry { get; } = entry;

    public Func<Entry, bool> IsKept { get; } = isKept;
}
