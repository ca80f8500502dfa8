using System.Diagnostics;

namespace DumbKv.Infrastructure.Storage;

/// <summary>A write on its way to the disk, and whoever waits for it.</summary>
internal sealed class QueuedWrite(EntryWrite write)
{
    // Whoever waits goes on in the thread pool: who wrote has the next transaction to see to.
    private readonly TaskCompletionSource<bool> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EntryWrite Write { get; } = write;

    /// <summary>The primary key.</summary>
    public (int Database, byte[] Lookup) Row => (Write.Database, Write.Lookup);

    public long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether it changed a row; ends once that is on disk, or has failed.</summary>
    public Task<bool> Outcome => _outcome.Task;

    public void Succeed(bool changed) => _outcome.SetResult(changed);

    public void Fail(Exception exception) => _outcome.SetException(exception);
}
