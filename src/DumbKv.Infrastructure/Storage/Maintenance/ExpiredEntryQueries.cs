using DumbKv.Application;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>
/// Counts and finds the rows that are due, with plain reads along the index on expires_at, which a distributed PostgreSQL can push
/// down. Expired entries and old receipts are two ranges of the index. Receipts that are kept are between them.
/// </summary>
internal static class ExpiredEntryQueries
{
    public static async Task<ExpiredBacklog> MeasureExpiredAsync(this KvDbContext context, SweepDue due, CancellationToken cancellationToken)
    {
        var entries = context.ExpiredEntries(due);
        var receipts = context.OldReceipts(due);

        var expiry = await entries.MinAsync(entry => entry.ExpiresAt, cancellationToken);
        var read = await receipts.MaxAsync(entry => entry.ExpiresAt, cancellationToken);

        var oldest = new[] { ToTime(expiry), ToTime(-read) + due.ReceiptRetention }.Min();
        return oldest is null
            ? new ExpiredBacklog(0, null)
            : new ExpiredBacklog(await entries.LongCountAsync(cancellationToken) + await receipts.LongCountAsync(cancellationToken), oldest);
    }

    public static async Task<IReadOnlyList<EntryId>> FindExpiredAsync(
        this KvDbContext context, int most, SweepDue due, CancellationToken cancellationToken)
    {
        var ids = await FindAsync(context.ExpiredEntries(due).OrderBy(entry => entry.ExpiresAt).Take(most), cancellationToken);
        if (ids.Count < most)
        {
            ids.AddRange(await FindAsync(context.OldReceipts(due).OrderByDescending(entry => entry.ExpiresAt).Take(most - ids.Count), cancellationToken));
        }

        return ids;
    }

    private static IQueryable<Entry> ExpiredEntries(this KvDbContext context, SweepDue due)
    {
        var now = due.Now.ToUnixTimeMilliseconds();
        return context.Entries.Where(entry => entry.ExpiresAt > 0 && entry.ExpiresAt <= now);
    }

    private static IQueryable<Entry> OldReceipts(this KvDbContext context, SweepDue due)
    {
        var readBefore = -due.ReadBefore.ToUnixTimeMilliseconds();
        return context.Entries.Where(entry => entry.ExpiresAt < 0 && entry.ExpiresAt >= readBefore);
    }

    private static async Task<List<EntryId>> FindAsync(IQueryable<Entry> entries, CancellationToken cancellationToken)
    {
        var rows = await entries.Select(entry => new { entry.Database, entry.Lookup }).ToListAsync(cancellationToken);
        return rows.ConvertAll(row => new EntryId(row.Database, row.Lookup));
    }

    private static DateTimeOffset? ToTime(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
