using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Logging;

namespace DumbKv.Application.Entries;

/// <param name="Database">The entry's database.</param>
/// <param name="Key">The entry's key.</param>
/// <param name="Peek">Reads the entry without consuming it, even if it is read-once. The caller returns only the metadata.</param>
/// <param name="KeepOnce">Does not consume a read-once entry. The caller asks the user before it returns such a value.</param>
public sealed record GetEntry(int Database, SecretKey Key, bool Peek = false, bool KeepOnce = false);

public enum GetOutcome
{
    Found,

    /// <summary>Never set, expired or a wrong key. The cases look the same.</summary>
    Missing,

    /// <summary>The entry was read-once, and an earlier get has read it.</summary>
    AlreadyRead,

    /// <summary>The row exists and does not open: it was altered or moved in the database.</summary>
    Damaged,
}

/// <param name="Outcome">The outcome of the read.</param>
/// <param name="Value">The decrypted value, if one was found.</param>
/// <param name="Version">The version of the entry that was found, or was read already.</param>
/// <param name="Binary">The value is bytes, not text.</param>
/// <param name="ExpiresAt">When the entry expires. Null: never.</param>
/// <param name="Once">The value is read-once. This read consumed it, unless the query said to keep it.</param>
/// <param name="ReadAt">When the entry was read, if it was read already.</param>
public sealed record GetResult(
    GetOutcome Outcome,
    ReadOnlyMemory<byte> Value = default,
    EntryVersion? Version = null,
    bool Binary = false,
    DateTimeOffset? ExpiresAt = null,
    bool Once = false,
    DateTimeOffset? ReadAt = null);

public sealed partial class GetEntryHandler(
    EntryCipher cipher, IEntryStore store, EntryLimits limits, TimeProvider time, KvMetrics metrics, ILogger<GetEntryHandler> logger)
{
    /// <summary>Maximum number of reads. A read-once value can be replaced or read by another client between its read and its consumption; the handler then reads again.</summary>
    private const int MaxAttempts = 3;

    public async ValueTask<GetResult> HandleAsync(GetEntry query, IAuditTrail audit, IReadBudget budget, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start(query.Peek ? "peek" : "get");
        store.ThrowIfNotReady();
        using var keys = cipher.Derive(query.Database, query.Key);
        audit.RecordEntry(keys.Id);

        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var entry = await store.FindAsync(keys.Id, budget, cancellationToken);

            var now = time.GetUtcNow();

            if (entry is null || (entry.IsExpired(now) && !entry.IsReceipt))
            {
                return new GetResult(operation.Complete(GetOutcome.Missing));
            }

            if (!EntryCipher.TryOpenInPlace(keys, entry, out var value))
            {
                metrics.IntegrityFailure();
                LogIntegrityFailure(keys.Id.Fingerprint);
                return new GetResult(operation.Complete(GetOutcome.Damaged));
            }

            if (entry.ReadAt is { } readAt)
            {
                return limits.Keeps(readAt, now)
                    ? new GetResult(operation.Complete(GetOutcome.AlreadyRead), Version: EntryVersion.FromBytes(value.ToArray()), ReadAt: readAt)
                    : new GetResult(operation.Complete(GetOutcome.Missing));
            }

            // A read-once value is decrypted first and consumed then, even if the client has disconnected. Only the read whose receipt
            // replaced the row returns the value.
            var version = EntryVersion.FromBytes(entry.Version);
            if (!entry.IsOnce || query.Peek || query.KeepOnce || await store.ConsumeAsync(EntryCipher.SealReceipt(keys, version, now), version, now))
            {
                var expiresAt = entry.ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null;
                return new GetResult(operation.Complete(GetOutcome.Found), value, version, entry.IsBinary, expiresAt, entry.IsOnce);
            }

            // Another client has read, replaced or deleted the entry, or it has expired. The next read shows which.
        }

        throw new StoreUnavailableException("The value was replaced several times during this read. Try again in a moment.");
    }

    [LoggerMessage(LogLevel.Error, "Entry {Fingerprint} cannot be decrypted: its row was altered or moved in the database")]
    private partial void LogIntegrityFailure(string fingerprint);
}
