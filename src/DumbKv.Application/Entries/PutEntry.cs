using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.Application.Entries;

public sealed class PutEntry
{
    /// <summary>Maximum time to live: ten years of 365 days.</summary>
    public const int MaxTimeToLiveSeconds = 315_360_000;

    public required int Database { get; init; }

    public required SecretKey Key { get; init; }

    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The value is bytes and not text.</summary>
    public bool Binary { get; init; }

    /// <summary>The first read that returns the value consumes it.</summary>
    public bool Once { get; init; }

    /// <summary>Null: the entry does not expire.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Replaces an existing value. A precondition is checked first.</summary>
    public bool Overwrite { get; init; }

    public Precondition Precondition { get; init; } = Precondition.None;
}

public enum PutOutcome
{
    Stored,

    /// <summary>The key already has a value, which was kept.</summary>
    Exists,

    PreconditionFailed,

    /// <summary>The value is larger than <see cref="EntryLimits.MaxValueBytes"/>.</summary>
    TooLarge,
}

/// <param name="Outcome">The outcome of the write.</param>
/// <param name="Version">The new version, if the value was stored.</param>
/// <param name="ExpiresAt">When the stored entry expires. Null: never.</param>
public sealed record PutResult(PutOutcome Outcome, EntryVersion? Version = null, DateTimeOffset? ExpiresAt = null);

public sealed class PutEntryHandler(EntryCipher cipher, IEntryStore store, EntryLimits limits, TimeProvider time, KvMetrics metrics)
{
    public async ValueTask<PutResult> HandleAsync(PutEntry command, IAuditTrail audit, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start("set");

        if (command.Value.Length > limits.MaxValueBytes)
        {
            return new PutResult(operation.Complete(PutOutcome.TooLarge));
        }

        var now = time.GetUtcNow();
        var flags = (command.Once ? EntryFlags.Once : 0) | (command.Binary ? EntryFlags.Binary : 0);

        using var keys = cipher.Derive(command.Database, command.Key);
        audit.RecordEntry(keys.Id);
        var expiresAt = now + command.TimeToLive;
        var entry = EntryCipher.Seal(keys, command.Value.Span, expiresAt, flags);

        // The write cannot be cancelled from here on. If the client disconnects, it still happens completely or not at all.
        cancellationToken.ThrowIfCancellationRequested();

        var condition = command is { Overwrite: false, Precondition.Kind: PreconditionKind.None } ? Precondition.Absent : command.Precondition;
        if (await store.WriteAsync(entry, condition, now))
        {
            return new PutResult(operation.Complete(PutOutcome.Stored), EntryVersion.FromBytes(entry.Version), expiresAt);
        }

        return command.Precondition.Kind == PreconditionKind.None
            ? new PutResult(operation.Complete(PutOutcome.Exists))
            : new PutResult(operation.Complete(PutOutcome.PreconditionFailed));
    }
}
