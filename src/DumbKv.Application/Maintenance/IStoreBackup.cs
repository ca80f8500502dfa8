namespace DumbKv.Application.Maintenance;

/// <summary>Copies a store into one file while a server uses it.</summary>
public interface IStoreBackup
{
    /// <summary>
    /// Every write that was answered before this call is in it. The file appears only once it is whole, on disk and checked.
    /// What cannot be done ends in an exception with one line for the operator.
    /// </summary>
    /// <param name="file">Must not exist.</param>
    /// <param name="progress">Told how many pages are done.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <returns>The copy's size in bytes.</returns>
    Task<long> BackUpAsync(string file, Action<WorkProgress> progress, CancellationToken cancellationToken);
}
