using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <param name="Source">Is only read.</param>
/// <param name="Target">Has the source's pepper already.</param>
/// <param name="Progress">Told after every batch.</param>
public sealed record CopyStore(IEntryScanner Source, IEntryScanner Target, Action<WorkProgress>? Progress = null);

public enum CopyOutcome
{
    /// <summary>Every row of the source stands in the target, as a second look at it showed.</summary>
    Copied,

    /// <summary>The target has other rows in the same places. Nothing was written.</summary>
    Conflicting,

    /// <summary>What was read back from the target is not what was written: somebody else writes to it.</summary>
    Unverified,
}

/// <param name="Outcome">What became of the copy.</param>
/// <param name="Rows">Of the source.</param>
/// <param name="Present">Rows that the target had already, from an interrupted copy say.</param>
/// <param name="Conflicts">Places that hold another row in the target.</param>
/// <param name="Digest">Of the source's rows.</param>
public sealed record CopyResult(CopyOutcome Outcome, long Rows, long Present, long Conflicts, string Digest);

/// <summary>
/// Copies every row, still sealed, from one store to another. Rows that stand in the target already are not written again,
/// so a copy that was interrupted goes on when it is started again.
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

    /// <summary>Before the first row is written, so that a refusal leaves the target as it was.</summary>
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
