using DumbKv.Application;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>Counts and finds expired rows with plain reads along the index on expires_at, which a distributed PostgreSQL can push down.</summary>
internal static class ExpiredEntryQueries
{
    public static async Task<ExpiredBacklog> MeasureExpiredAsync(this KvDbContext context, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var expired = context.Entries.Where(entry => entry.ExpiresAt <= now.ToUnixTimeMilliseconds());
        var oldest = await expired.MinAsync(entry => entry.ExpiresAt, cancellationToken);

        return oldest is null
            ? new ExpiredBacklog(0, null)
            : new ExpiredBacklog(await expired.LongCountAsync(cancellationToken), DateTimeOffset.FromUnixTimeMilliseconds(oldest.Value));
    }

    public static async Task<IReadOnlyList<EntryId>> FindExpiredAsync(
        this KvDbContext context, int most, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await context.Entries
            .Where(entry => entry.ExpiresAt <= now.ToUnixTimeMilliseconds())
            .OrderBy(entry => entry.ExpiresAt)
            .Take(most)
            .Select(entry => new { entry.Database, entry.Lookup })
            .ToListAsync(cancellationToken);

        return rows.ConvertAll(row => new EntryId(row.Database, row.Lookup));
    }
}
