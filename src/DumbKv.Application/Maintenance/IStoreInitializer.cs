using DumbKv.Domain.Crypto;

namespace DumbKv.Application.Maintenance;

/// <summary>
/// Makes a store ready for use: its file, schema and store key. If a retry would not help, the exception's message is one line for
/// the operator.
/// </summary>
public interface IStoreInitializer
{
    /// <summary>
    /// Waits for the database and for the store's lock, creates what is missing and records the key of a new store.
    /// </summary>
    /// <param name="keyOfNewStore">Recorded if the store has no key yet.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="cancellationToken">The next call resumes unfinished work.</param>
    /// <returns>The key of the store. It can differ from the argument.</returns>
    Task<StoredKey> OpenAsync(StoredKey keyOfNewStore, Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>Whether there is a store to open. False for a SQLite file that does not exist. An unfinished restore is an exception.</summary>
    bool Exists();

    /// <summary>
    /// Waits for the store and its lock as <see cref="OpenAsync"/> does, and changes nothing. The store must exist and have this
    /// version's schema.
    /// </summary>
    /// <returns>The key of the store.</returns>
    Task<StoredKey> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the store with the pepper of the settings, refuses a wrong one, and imports the table of an original server. Null if
    /// there is no such table.
    /// </summary>
    Task<ImportResult?> OpenAndImportAsync(Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);

    /// <summary>As <see cref="OpenAndImportAsync"/>, but imports from another database, which is only read.</summary>
    /// <param name="location">The other database: a SQLite file, a postgres:// URL or an Npgsql connection string.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancellationToken">Imported entries stay. The next call resumes the import.</param>
    Task<ImportResult?> ImportFromAsync(string location, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);
}
