using DumbKv.Application;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>
/// Counts and finds the rows that are due, with plain reads along the index on expires_at, which a distributed PostgreSQL can push
/// down. Expired entries and old receipts are two ranges of the index. Receipts that are kept are between them.
/// </summary>
internal static class ExpiredEntryQueries
{
    public static async Task<ExpiredBacklog> MeasureExpiredAsync(this KvDbContext context, SweepDue due, CancellationToken cancellationToken)
    {
        var (expired, firstExpiry) = await MeasureAsync("min", EntrySql.IsExpired, Now(due));
        var (receipts, lastRead) = await MeasureAsync("max", EntrySql.IsOldReceipt, Receipts(due));

        var oldest = new[] { ToTime(firstExpiry), ToTime(-lastRead) + due.ReceiptRetention }.Min();
        return new ExpiredBacklog(expired + receipts, oldest);

        Task<(long Rows, long? Oldest)> MeasureAsync(string oldest, string condition, (string, long) parameter) => context.Database.SingleAsync(
            $"SELECT count(*), {oldest}(expires_at) FROM entries WHERE {condition}",
            row => (row.GetInt64(0), row[1] as long?),
            cancellationToken,
            parameter);
    }

    public static async Task<IReadOnlyList<EntryId>> FindExpiredAsync(
        this KvDbContext context, int most, SweepDue due, CancellationToken cancellationToken)
    {
        var ids = await FindAsync($"{EntrySql.IsExpired} ORDER BY expires_at", most, Now(due));
        if (ids.Count < most)
        {
            ids.AddRange(await FindAsync($"{EntrySql.IsOldReceipt} ORDER BY expires_at DESC", most - ids.Count, Receipts(due)));
        }

        return ids;

        Task<List<EntryId>> FindAsync(string condition, int rows, (string, long) parameter) => context.Database.ListAsync(
            $"SELECT database_id, lookup FROM entries WHERE {condition} LIMIT @rows",
            row => new EntryId(row.GetInt32(0), row.GetFieldValue<byte[]>(1)),
            cancellationToken,
            parameter,
            ("rows", rows));
    }

    private static (string Name, long Value) Now(SweepDue due) => ("now", due.Now.ToUnixTimeMilliseconds());

    private static (string Name, long Value) Receipts(SweepDue due) => ("receipts", -due.ReadBefore.ToUnixTimeMilliseconds());

    private static DateTimeOffset? ToTime(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
