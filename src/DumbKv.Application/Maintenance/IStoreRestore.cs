namespace DumbKv.Application.Maintenance;

/// <summary>Replaces a store that no server uses with a backup.</summary>
public interface IStoreRestore
{
    /// <summary>
    /// Verifies a copy of the backup and exchanges it for the store, which is kept under another name. A call that was interrupted
    /// leaves the old store, or a store that can be opened only after the same call was repeated and succeeded. A failure is an
    /// exception with one line for the operator.
    /// </summary>
    /// <param name="backup">The backup. It is only read.</param>
    /// <param name="waiting">Called with the reason for a wait.</param>
    /// <param name="warning">Called with what the operator should know, if it does not stop the restore.</param>
    /// <param name="progress">Called with the number of bytes that are copied.</param>
    /// <param name="cancellationToken">Ends the restore before the exchange begins.</param>
    Task<RestoreResult> RestoreAsync(
        string backup, Action<string> waiting, Action<string> warning, Action<WorkProgress> progress, CancellationToken cancellationToken);
}

/// <param name="Bytes">The size of the restored store.</param>
/// <param name="Previous">The new name of the previous store. Null if there was none.</param>
public sealed record RestoreResult(long Bytes, string? Previous);
