namespace DumbKv.Application.Maintenance;

/// <summary>Copies a store into one file while a server uses it.</summary>
public interface IStoreBackup
{
    /// <summary>
    /// The backup contains every write that was answered before this call. The file appears only when it is complete, checked and on
    /// disk. A failure is an exception with one line for the operator.
    /// </summary>
    /// <param name="file">The file to write. It must not exist.</param>
    /// <param name="progress">Called with the number of pages that are done.</param>
    /// <param name="cancellationToken">Leaves no files behind.</param>
    /// <returns>The size of the backup in bytes.</returns>
    Task<long> BackUpAsync(string file, Action<WorkProgress> progress, CancellationToken cancellationToken);
}
