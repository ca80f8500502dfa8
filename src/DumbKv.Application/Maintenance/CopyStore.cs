using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <param name="Source">The store to read.</param>
/// <param name="Target">The store to fill. It must already have the source's pepper.</param>
/// <param name="Progress">Called after each batch.</param>
public sealed record CopyStore(IEntryScanner Source, IEntryScanner Target, Action<WorkProgress>? Progress = null);

public enum CopyOutcome
{
    /// <summary>All rows of the source are in the target. They were read back.</summary>
    Copied,

    /// <summary>The target has other rows with the same primary keys. Nothing was written.</summary>
    Conflicting,

    /// <summary>The rows that were read back differ from those that were written: another program writes to the target.</summary>
    Unverified,
}

/// <param name="Outcome">The outcome of the copy.</param>
/// <param name="Rows">Number of rows in the source.</param>
/// <param name="Present">Number of rows that were already in the target, for example from an interrupted copy.</param>
/// <param name="Conflicts">Number of rows in the target that differ from the source's row with the same primary key.</param>
/// <param name="Digest">Digest of the source's rows.</param>
public sealed record CopyResult(CopyOutcome Outcome, long Rows, long Present, long Conflicts, string Digest);

/// <summary>
/// Copies all rows, still encrypted, from one store to another. Rows that are already in the target are not written again, so a
/// second run resumes an interrupted copy.
/// </summary>
public static class CopyStoreHandler
{
    public static async Task<CopyResult> HandleAsync(CopyStore command, CancellationToken cancellationToken)
    {
        var (present, conflicts) = await CompareAsync(command, cancellationToken);
        if (conflicts > 0)
        {
            return new CopyResult(CopyOutcome.Conflicting, 0, present, conflicts, string.Empty);
        }

        var total = await command.Source.CountAsync(cancellationToken);
        var read = new ContentsDigest();
        var written = new ContentsDigest();

        await foreach (var batch in command.Source.ReadAsync(cancellationToken))
        {
            await command.Target.AddAsync(batch, cancellationToken);
            read.Add(batch);
            written.Add(await command.Target.FindAsync(batch, cancellationToken));
            command.Progress?.Invoke(new WorkProgress("copying", read.Rows, total));
        }

        var outcome = (written.Rows, written.ToString()) == (read.Rows, read.ToString()) ? CopyOutcome.Copied : CopyOutcome.Unverified;
        return new CopyResult(outcome, read.Rows, present, 0, read.ToString());
    }

    /// <summary>Runs before the first row is written, so that a refusal leaves the target unchanged.</summary>
    private static async Task<(long Present, long Conflicts)> CompareAsync(CopyStore command, CancellationToken cancellationToken)
    {
        if (await command.Target.CountAsync(cancellationToken) == 0)
        {
            return (0, 0);
        }

        var total = await command.Source.CountAsync(cancellationToken);
        long done = 0, present = 0, conflicts = 0;

        await foreach (var batch in command.Source.ReadAsync(cancellationToken))
        {
            var standing = (await command.Target.FindAsync(batch, cancellationToken)).ToDictionary(PlaceOf);
            foreach (var entry in batch)
            {
                if (standing.TryGetValue(PlaceOf(entry), out var other))
                {
                    _ = ContentsDigest.AreSame(entry, other) ? present++ : conflicts++;
                }
            }

            done += batch.Count;
            command.Progress?.Invoke(new WorkProgress("comparing", done, total));
        }

        return (present, conflicts);
    }

    private static (int Database, string Lookup) PlaceOf(Entry entry) => (entry.Database, Convert.ToHexString(entry.Lookup));
}
