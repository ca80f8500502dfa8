namespace DumbKv.Application.Maintenance;

/// <summary>
/// Makes a store ready for use: its file, schema and pepper. If a retry would not help, the exception's message is one line for
/// the operator.
/// </summary>
public interface IStoreInitializer
{
    /// <summary>
    /// Waits for the database and for the store's lock, creates what is missing and records the pepper of a new store.
    /// </summary>
    /// <param name="fingerprint">Fingerprint of the pepper for a new store. Null: none.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="cancellationToken">The next call resumes unfinished work.</param>
    /// <returns>The fingerprint of the pepper that the store was made with. It can differ from the argument.</returns>
    Task<byte[]?> OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>Whether there is a store to open. False for a SQLite file that does not exist. An unfinished restore is an exception.</summary>
    bool Exists();

    /// <summary>
    /// Waits for the store and its lock as <see cref="OpenAsync"/> does, and changes nothing. The store must exist and have this
    /// version's schema.
    /// </summary>
    /// <returns>The fingerprint of the pepper that the store was made with. Null: none.</returns>
    Task<byte[]?> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the store as <see cref="OpenAsync"/> does, refuses another pepper, and imports the table of an original server. Null if
    /// there is no such table.
    /// </summary>
    Task<ImportResult?> OpenAndImportAsync(byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);

    /// <summary>As <see cref="OpenAndImportAsync"/>, but imports from another database, which is only read.</summary>
    /// <param name="location">The other database: a SQLite file, a postgres:// URL or an Npgsql connection string.</param>
    /// <param name="fingerprint">Fingerprint of the pepper. Null: none.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancellationToken">Imported entries stay. The next call resumes the import.</param>
    Task<ImportResult?> ImportFromAsync(
        string location, byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);
}
