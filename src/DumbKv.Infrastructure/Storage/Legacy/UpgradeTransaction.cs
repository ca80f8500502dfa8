using DumbKv.Application.Entries;
using DumbKv.Application.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>One batch of the take-over, the same on either database.</summary>
internal static class UpgradeTransaction
{
    /// <param name="context">A context of the store.</param>
    /// <param name="batch">The rows, sealed anew.</param>
    /// <param name="removeSql">Removes the original's row whose place is {0}; null: nothing is removed.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Leaves nothing of the batch.</param>
    public static async Task<IReadOnlyList<Resealed>> TakeOverAsync(
        KvDbContext context, IReadOnlyList<Resealed> batch, string? removeSql, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var staying = new List<Resealed>();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);

        foreach (var resealed in batch)
        {
            var entry = resealed.Entry;
            await context.ExecuteAsync(EntryWrite.Put(entry, Precondition.Absent, now));

            var stored = await context.Entries.AsNoTracking()
                .SingleAsync(stored => stored.Database == entry.Database && stored.Lookup == entry.Lookup, cancellationToken);

            if (!resealed.IsKept(stored))
            {
                staying.Add(resealed);
            }
            else if (removeSql is not null)
            {
                await context.Database.ExecuteSqlRawAsync(removeSql, [resealed.Row.Place], cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return staying;
    }
}
