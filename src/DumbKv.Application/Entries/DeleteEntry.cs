using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.Application.Entries;

public sealed record DeleteEntry(int Database, SecretKey Key, Precondition Precondition)
{
    /// <summary>Told the row as soon as it is known, whatever becomes of the call.</summary>
    public Action<EntryId>? Names { get; init; }
}

public enum DeleteOutcome
{
    /// <summary>The key has no value now, whether or not it had one.</summary>
    Deleted,

    PreconditionFailed,
}

public sealed class DeleteEntryHandler(EntryCipher cipher, IEntryStore store, TimeProvider time, KvMetrics metrics)
{
    public async ValueTask<DeleteOutcome> HandleAsync(DeleteEntry command, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start("delete");
        using var keys = cipher.Derive(command.Database, command.Key);
        command.Names?.Invoke(keys.Id);
        cancellationToken.ThrowIfCancellationRequested();

        if (await store.DeleteAsync(keys.Id, command.Precondition, time.GetUtcNow()))
        {
            return operation.Ends("deleted", DeleteOutcome.Deleted);
        }

        return command.Precondition.Kind == PreconditionKind.None
            ? operation.Ends("missing", DeleteOutcome.Deleted)
            : operation.Ends("precondition_failed", DeleteOutcome.PreconditionFailed);
    }
}
