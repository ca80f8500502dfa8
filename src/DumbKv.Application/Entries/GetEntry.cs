using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Logging;

namespace DumbKv.Application.Entries;

public sealed record GetEntry(int Database, SecretKey Key);

public enum GetOutcome
{
    Found,

    /// <summary>Never set, expired, already read once or a wrong key: they all look alike.</summary>
    Missing,

    /// <summary>The row is there and does not open: it was altered or moved in the database.</summary>
    Damaged,
}

/// <param name="Outcome">The other members are set where it is <see cref="GetOutcome.Found"/>.</param>
/// <param name="Value">The value, opened.</param>
/// <param name="Version">The entry's version.</param>
/// <param name="Binary">The value is bytes, not text.</param>
/// <param name="ExpiresAt">When the entry goes; null: it stays.</param>
/// <param name="Once">This read has deleted the entry: it was to be read once.</param>
public sealed record GetResult(
    GetOutcome Outcome, byte[]? Value = null, EntryVersion? Version = null, bool Binary = false, DateTimeOffset? ExpiresAt = null, bool Once = false);

public sealed partial class GetEntryHandler(
    EntryCipher cipher, IEntryStore store, TimeProvider time, KvMetrics metrics, ILogger<GetEntryHandler> logger)
{
    /// <summary>A read-once value can be replaced between its read and its delete. The handler then reads the new value, at most this often in all.</summary>
    private const int MaxAttempts = 3;

    public async ValueTask<GetResult> HandleAsync(GetEntry query, IAuditTrail audit, IReadBudget budget, CancellationToken cancellationToken)
    {
        using var operation = metrics.Start("get");
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

            // A read-once value is opened first and deleted after that, even if the caller has gone. Only the read whose delete
            // removed the row returns the value.
            var version = EntryVersion.FromBytes(entry.Version);
            if (!entry.IsOnce || await store.DeleteAsync(keys.Id, Precondition.Is(version), time.GetUtcNow()))
            {
                var expiresAt = entry.ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null;
                return new GetResult(operation.Complete(GetOutcome.Found), value, version, entry.IsBinary, expiresAt, entry.IsOnce);
            }

            // The row is gone or has another version. Only the next read tells which.
        }

        throw new StoreUnavailableException("The value changes too often to be read once. Try again in a moment.");
    }

    [LoggerMessage(LogLevel.Error, "Entry {Fingerprint} does not open: its row was altered or moved in the database")]
    private partial void LogIntegrityFailure(string fingerprint);
}
