using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Logging;

namespace DumbKv.Application.Entries;

/// <param name="Database">The entry's database.</param>
/// <param name="Key">The entry's key.</param>
/// <param name="Peek">Reads the entry without consuming it, even if it is read-once. The caller returns only the metadata.</param>
public sealed record GetEntry(int Database, SecretKey Key, bool Peek = false);

public enum GetOutcome
{
    Found,

    /// <summary>Never set, expired, already read once, or a wrong key. The cases look the same.</summary>
    Missing,

    /// <summary>The row exists and does not open: it was altered or moved in the database.</summary>
    Damaged,
}

/// <param name="Outcome">The other members are set if it is <see cref="GetOutcome.Found"/>.</param>
/// <param name="Value">The decrypted value.</param>
/// <param name="Version">The entry's version.</param>
/// <param name="Binary">The value is bytes, not text.</param>
/// <param name="ExpiresAt">When the entry expires. Null: never.</param>
/// <param name="Once">The value was read-once, and this read deleted it, unless it was a peek.</param>
public sealed record GetResult(
    GetOutcome Outcome, byte[]? Value = null, EntryVersion? Version = null, bool Binary = false, DateTimeOffset? ExpiresAt = null, bool Once = false);

public sealed partial class GetEntryHandler(
    EntryCipher cipher, IEntryStore store, TimeProvider time, KvMetrics metrics, ILogger<GetEntryHandler> logger)
{
    /// <summary>Maximum number of reads. A read-once value can be replaced between its read and its delete; the handler then reads the new value.</summary>
    private const int MaxAttempts = 3;

    public async ValueTask<GetResult> HandleAsync(GetEntry query, IAuditTrail audit, IReadBudget budget, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start(query.Peek ? "peek" : "get");
        using var keys = cipher.Derive(query.Database, query.Key);
        audit.RecordEntry(keys.Id);

        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var entry = await store.FindAsync(keys.Id, budget, cancellationToken);

            if (entry is null || entry.IsExpired(time.GetUtcNow()))
            {
                return new GetResult(operation.Complete(GetOutcome.Missing));
            }

            if (!EntryCipher.TryOpen(keys, entry, out var value))
            {
                metrics.IntegrityFailure();
                LogIntegrityFailure(keys.Id.Fingerprint);
                return new GetResult(operation.Complete(GetOutcome.Damaged));
            }

            // A read-once value is decrypted first and deleted then, even if the client has disconnected. Only the read whose delete
            // removed the row returns the value. A peek keeps the value.
            var version = EntryVersion.FromBytes(entry.Version);
            if (!entry.IsOnce || query.Peek || await store.DeleteAsync(keys.Id, Precondition.Is(version), time.GetUtcNow()))
            {
                var expiresAt = entry.ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null;
                return new GetResult(operation.Complete(GetOutcome.Found), value, version, entry.IsBinary, expiresAt, entry.IsOnce);
            }

            // The row is gone or has another version. The next read shows which.
        }

        throw new StoreUnavailableException("The value was replaced several times during this read. Try again in a moment.");
    }

    [LoggerMessage(LogLevel.Error, "Entry {Fingerprint} cannot be decrypted: its row was altered or moved in the database")]
    private partial void LogIntegrityFailure(string fingerprint);
}
