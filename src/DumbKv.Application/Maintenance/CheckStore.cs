
namespace DumbKv.Application.Maintenance;

/// <summary>Checks a store without its keys. A server can use it at the same time.</summary>
public interface IStoreChecker
{
    /// <summary>Checks the schema, the pepper and the database's own integrity, with one finding for each. It can end with the first fault.</summary>
    /// <param name="fingerprint">Fingerprint of the pepper that is set. Null: none.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    IAsyncEnumerable<Finding> CheckAsync(byte[]? fingerprint, CancellationToken cancellationToken);
}

/// <summary>What a finding is about.</summary>
public enum FindingKind
{
    /// <summary>Whether the store can be opened, and where it is.</summary>
    Store,

    /// <summary>The pages and indexes of the database.</summary>
    Integrity,

    /// <summary>SQLite's journal mode.</summary>
    Journal,

    Schema,

    Pepper,

    /// <summary>Rows of the original server that are still in its table.</summary>
    LegacyRows,

    Entries,

    /// <summary>Digest of the rows, to compare with another store's.</summary>
    Digest,
}

/// <param name="Kind">What the finding is about.</param>
/// <param name="IsFault">Whether something is wrong.</param>
/// <param name="Text">What was found. For a fault also what to do.</param>
public sealed record Finding(FindingKind Kind, bool IsFault, string Text);

/// <summary>Checks whether a store is undamaged, as far as that is visible without its keys.</summary>
public sealed class CheckStoreHandler(TimeProvider time)
{
    public async IAsyncEnumerable<Finding> HandleAsync(
        IStoreChecker checker,
        IEntryScanner scanner,
        byte[]? fingerprint,
        Action<WorkProgress>? progress,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isReadable = true;
        await foreach (var finding in checker.CheckAsync(fingerprint, cancellationToken))
        {
            yield return finding;
            isReadable &= !finding.IsFault || finding.Kind == FindingKind.Pepper;
        }

        // The rows of a damaged file or of another schema would give only further, less clear findings.
        if (!isReadable)
        {
            yield break;
        }

        var now = time.GetUtcNow();
        var total = await scanner.CountAsync(cancellationToken);
        var digest = new ContentsDigest();
        long expired = 0, receipts = 0, malformed = 0;

        await foreach (var batch in scanner.ReadAsync(cancellationToken))
        {
            digest.Add(batch);
            expired += batch.Count(entry => !entry.IsReceipt && entry.IsExpired(now));
            receipts += batch.Count(entry => entry.IsReceipt);
            malformed += batch.Count(entry => !entry.IsWellFormed);
            progress?.Invoke(new WorkProgress("reading", digest.Rows, total));
        }

        yield return malformed == 0
            ? new Finding(FindingKind.Entries, false, $"{digest.Rows}, of which {expired} have expired and are not removed yet, and {receipts} are receipts of read-once values that were read")
            : new Finding(FindingKind.Entries, true, $"{malformed} of {digest.Rows} have an invalid format, so they were altered. Restore a backup, or set their keys again.");
        yield return new Finding(FindingKind.Digest, false, digest.ToString());
    }
}
