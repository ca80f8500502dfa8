using DumbKv.Application.Entries;
using DumbKv.Application.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>The transaction of one batch of an import, the same on both databases.</summary>
internal static class ImportTransaction
{
    /// <param name="context">A context of the store.</param>
    /// <param name="batch">The rows, encrypted again.</param>
    /// <param name="removeSql">Removes the original's row with the place {0}. Null: nothing is removed.</param>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Nothing of the batch is imported.</param>
    public static async Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
        KvDbContext context, IReadOnlyList<ReencryptedEntry> batch, string? removeSql, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var staying = new List<ReencryptedEntry>();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);

        foreach (var item in batch)
        {
            var entry = item.Entry;
            await context.ExecuteAsync(EntryWrite.Put(entry, Precondition.Absent, now));

            var stored = await context.Entries.AsNoTracking()
                .SingleAsync(stored => stored.Database == entry.Database && stored.Lookup == entry.Lookup, cancellationToken);

            if (!item.IsKept(stored))
            {
                staying.Add(item);
            }
            else if (removeSql is not null)
            {
                await context.Database.ExecuteSqlRawAsync(removeSql, [item.Row.Place], cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return staying;
    }
}
