namespace DumbKv.Application.Maintenance;

/// <summary>
/// Makes a store ready for use: its place, its schema, its pepper. What another try would not help ends in an exception
/// whose message is one line for the operator.
/// </summary>
public interface IStoreInitializer
{
    /// <summary>
    /// Waits for the database and for this process's turn, makes what is missing and, in a new store, notes the pepper that
    /// it is made with.
    /// </summary>
    /// <param name="fingerprint">Of the pepper for a new store; null: none.</param>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="cancellationToken">What was begun is gone on with by the next call.</param>
    /// <returns>The fingerprint of the pepper that the store was made with, which may be another one.</returns>
    Task<byte[]?> OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>Whether there is a store to open: false for a SQLite file that is not there. A store whose restore is not finished ends in an exception.</summary>
    bool Exists();

    /// <summary>
    /// Waits for the store and for its turn as <see cref="OpenAsync"/> does, and changes nothing: it has to be there, with
    /// this version's schema.
    /// </summary>
    /// <returns>The fingerprint of the pepper that the store was made with; null: none.</returns>
    Task<byte[]?> OpenExistingAsync(Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>
    /// Opens it as <see cref="OpenAsync"/> does, refuses another pepper, and takes over what an original server left in it;
    /// null where it left nothing.
    /// </summary>
    Task<ImportResult?> OpenAndImportAsync(byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);

    /// <summary>As <see cref="OpenAndImportAsync"/>, but takes over what stands in another database, which is only read.</summary>
    /// <param name="location">Of the other database: a SQLite file, a postgres:// URL or an Npgsql connection string.</param>
    /// <param name="fingerprint">Of the pepper; null: none.</param>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">What was taken over until then stays so; the next call goes on.</param>
    Task<ImportResult?> ImportFromAsync(
        string location, byte[]? fingerprint, Action<string> waiting, Action<WorkProgress> progress, CancellationToken cancellationToken);
}
