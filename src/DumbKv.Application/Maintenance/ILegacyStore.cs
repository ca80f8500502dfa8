using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>The original server's table <c>kv(database_id, key, value)</c>, in this store or in another database.</summary>
public interface ILegacyStore
{
    /// <summary>The number of rows. Null if there is no table of exactly these three columns.</summary>
    Task<long?> CountAsync(CancellationToken cancellationToken);

    /// <summary>Each row once, in batches that fit in memory. The rows of a batch can be removed before the next batch is read.</summary>
    IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The store that the original server's entries are imported into.</summary>
public interface IImportTarget
{
    /// <summary>
    /// In one transaction: stores each entry whose primary key is free, reads back the row with that primary key, and removes the
    /// original's row if <see cref="ReencryptedEntry.IsKept"/> confirms that its value is stored.
    /// </summary>
    /// <param name="batch">The rows, encrypted again.</param>
    /// <param name="removeOriginals">The rows are in this store's database. Otherwise nothing is removed.</param>
    /// <param name="now">The current time. The primary key of an expired entry is free.</param>
    /// <param name="cancellationToken">All of the batch is imported, or nothing of it.</param>
    /// <returns>The rows whose key has another value in the store. They stay.</returns>
    Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
        IReadOnlyList<ReencryptedEntry> batch, bool removeOriginals, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// After the last row: removes all of the original's ciphertext from this store's files, and drops its table if it is empty. The
    /// next call repeats unfinished work.
    /// </summary>
    Task ScrubAsync(CancellationToken cancellationToken);
}

/// <summary>A row of the original's table, unchanged. Its key column decrypts its value, so it never prints itself.</summary>
/// <param name="place">Its rowid or ctid, which names it in reports.</param>
/// <param name="database">Null if it is not a 32-bit integer.</param>
/// <param name="key">Null if it is not text.</param>
/// <param name="token">Null if it is not text.</param>
public sealed class LegacyRow(string place, int? database, string? key, string? token)
{
    public string Place { get; } = place;

    public int? Database { get; } = database;

    public string? Key { get; } = key;

    public string? Token { get; } = token;
}

/// <summary>A row of the original server, and the entry that replaces it.</summary>
/// <param name="row">The original's row.</param>
/// <param name="entry">The new entry.</param>
/// <param name="isKept">Decrypts the stored row and compares it with the original's value.</param>
public sealed class ReencryptedEntry(LegacyRow row, Entry entry, Func<Entry, bool> isKept)
{
    public LegacyRow Row { get; } = row;

    public Entry Entry { get; } = entry;

    public Func<Entry, bool> IsKept { get; } = isKept;
}
