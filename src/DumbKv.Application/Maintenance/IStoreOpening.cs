namespace DumbKv.Application.Maintenance;

/// <summary>What has to happen to a store before it is used.</summary>
public interface IStoreOpening
{
    /// <summary>
    /// Waits for the store and for its turn, brings its schema up to this server's and compares the pepper. What cannot be
    /// put right by waiting ends in an exception with one line for the operator.
    /// </summary>
    /// <param name="fingerprint">Of the pepper that the store is to have; null: none. A new store takes it.</param>
    /// <param name="waiting">Told what it waits for, in a clause.</param>
    /// <param name="cancellationToken">What was begun is gone on with by the next call.</param>
    Task OpenAsync(byte[]? fingerprint, Action<string> waiting, CancellationToken cancellationToken);

    /// <summary>Opens it as <see cref="OpenAsync"/> does, and takes over what an original server left in it; null where it left nothing.</summary>
    Task<UpgradeResult?> OpenAndUpgradeAsync(byte[]? fingerprint, Action<string> waiting, Action<UpgradeProgress> progress, CancellationToken cancellationToken);
}
