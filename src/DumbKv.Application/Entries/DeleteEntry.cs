using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.Application.Entries;

public sealed record DeleteEntry(int Database, SecretKey Key, Precondition Precondition);

public enum DeleteOutcome
{
    Deleted,

    /// <summary>There was no value to delete.</summary>
    Missing,

    PreconditionFailed,
}

public sealed class DeleteEntryHandler(EntryCipher cipher, IEntryStore store, TimeProvider time, KvMetrics metrics)
{
    public async ValueTask<DeleteOutcome> HandleAsync(DeleteEntry command, IAuditTrail audit, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start("delete");
        store.ThrowIfNotReady();
        using var keys = cipher.Derive(command.Database, command.Key);
        audit.RecordEntry(keys.Id);
        cancellationToken.ThrowIfCancellationRequested();

        if (await store.DeleteAsync(keys.Id, command.Precondition, time.GetUtcNow()))
        {
            return operation.Complete(DeleteOutcome.Deleted);
        }

        return command.Precondition.Kind == PreconditionKind.None
            ? operation.Complete(DeleteOutcome.Missing)
            : operation.Complete(DeleteOutcome.PreconditionFailed);
    }
}
