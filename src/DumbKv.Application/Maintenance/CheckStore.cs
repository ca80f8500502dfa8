using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>What a store says of itself, from looking at it alone. A server may use it meanwhile.</summary>
public interface IStoreInspection
{
    /// <summary>Schema, pepper, and the database's own idea of its health, one finding each; the first fault may be the last finding.</summary>
    /// <param name="fingerprint">Of the pepper that is set; null: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<Finding> InspectAsync(byte[]? fingerprint, CancellationToken cancellationToken);
}

/// <param name="Subject">What was looked at, in a word or two.</param>
/// <param name="IsFault">Something is wrong.</param>
/// <param name="Text">What was found, and what to do where it is a fault.</param>
public sealed record Finding(string Subject, bool IsFault, string Text);

/// <summary>Finds out whether a store is whole, as far as that can be seen without its keys.</summary>
public sealed class CheckStoreHandler(TimeProvider time)
{
    public async IAsyncEnumerable<Finding> HandleAsync(
        IStoreInspection inspection,
        IStoreContents contents,
        byte[]? fingerprint,
        Action<WorkProgress>? progress,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isReadable = true;
        await foreach (var finding in inspection.InspectAsync(fingerprint, cancellationToken))
        {
            yield return finding;
            isReadable &= !finding.IsFault || finding.Subject == "pepper";
        }

        // Rows of a damaged file or of another schema would only say the same again, less clearly.
        if (!isReadable)
        {
            yield break;
        }

        var now = time.GetUtcNow();
        var total = await contents.CountAsync(cancellationToken);
        var digest = new ContentsDigest();
        long expired = 0, malformed = 0;

        await foreach (var batch in contents.ReadAsync(cancellationToken))
        {
            digest.Add(batch);
            expired += batch.Count(entry => entry.IsExpired(now));
            malformed += batch.Count(entry => !IsWellFormed(entry));
            progress?.Invoke(new WorkProgress("reading", digest.Rows, total));
        }

        yield return malformed == 0
            ? new Finding("entries", false, $"{digest.Rows}, of which {expired} have expired and wait for the sweeper")
            : new Finding("entries", true, $"{malformed} of {digest.Rows} have a shape that no server wrote: they were altered. Restore a backup, or have their keys set again.");
        yield return new Finding("digest", false, digest.ToString());
    }

    private static bool IsWellFormed(Entry entry) =>
        entry.Lookup.Length == EntryId.LookupBytes
        && entry.Version.Length == EntryVersion.Length
        && entry.Sealed.Length >= EntryCipher.TagBytes
        && (entry.Flags & ~(EntryFlags.Once | EntryFlags.Binary)) == 0;
}
