namespace DumbKv.Application.Maintenance;

/// <summary>Puts a backup in the place of a store that no server uses.</summary>
public interface IStoreRestore
{
    /// <summary>
    /// Verifies a copy of the backup and exchanges it for the store, which is kept under another name. A call that was
    /// interrupted leaves the old store, or a store that is opened only after the same call was repeated to its end. What
    /// cannot be done ends in an exception with one line for the operator.
    /// </summary>
    /// <param name="backup">The file, which is only read.</param>
    /// <param name="fingerprint">Of the pepper that is set; null: the backup's pepper is not compared.</param>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="warning">Told what the operator should know although it does not stop the work.</param>
    /// <param name="progress">Told how many bytes are copied.</param>
    /// <param name="cancellationToken">Ends it before the exchange begins.</param>
    Task<RestoreResult> RestoreAsync(
        string backup, byte[]? fingerprint, Action<string> waiting, Action<string> warning, Action<WorkProgress> progress, CancellationToken cancellationToken);
}

/// <param name="Bytes">The size of the store now.</param>
/// <param name="Previous">The name of the store that was there; null where there was none.</param>
public sealed record RestoreResult(long Bytes, string? Previous);
