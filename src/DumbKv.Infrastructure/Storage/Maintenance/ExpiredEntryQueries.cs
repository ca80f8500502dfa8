using DumbKv.Application;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>
/// Counts and finds the rows that are due, with plain reads along the index of expiry times, which a distributed PostgreSQL can push
/// down. Expired entries and old receipts are two ranges of the index. Receipts that are kept are between them.
/// </summary>
internal static class ExpiredEntryQueries
{
    public static async Task<ExpiredBacklog> MeasureExpiredAsync(this KvDbContext context, SweepDue due, CancellationToken cancellationToken)
    {
        var (expired, firstExpiry) = await MeasureAsync(EntrySql.MeasureExpired, Now(due));
        var (receipts, firstRead) = await MeasureAsync(EntrySql.MeasureOldReceipts, Receipts(due));

        var oldest = new[] { ToTime(firstExpiry), ToTime(-firstRead) + due.ReceiptRetention }.Min();
        return new ExpiredBacklog(expired + receipts, oldest);

        Task<(long Rows, long? Oldest)> MeasureAsync(string sql, (string, long) parameter) =>
            context.Database.SingleAsync(sql, row => (row.GetInt64(0), row[1] as long?), cancellationToken, parameter);
    }

    public static async Task<IReadOnlyList<EntryId>> FindExpiredAsync(
        this KvDbContext context, int most, SweepDue due, CancellationToken cancellationToken)
    {
        var ids = await FindAsync(EntrySql.FindExpired, most, Now(due));
        if (ids.Count < most)
        {
            ids.AddRange(await FindAsync(EntrySql.FindOldReceipts, most - ids.Count, Receipts(due)));
        }

        return ids;

        Task<List<EntryId>> FindAsync(string sql, int rows, (string, long) parameter) => context.Database.ListAsync(
            sql, row => new EntryId(row.GetInt32(0), row.GetFieldValue<byte[]>(1)), cancellationToken, parameter, ("rows", rows));
    }

    private static (string Name, long Value) Now(SweepDue due) => ("now", due.Now.ToUnixTimeMilliseconds());

    private static (string Name, long Value) Receipts(SweepDue due) => ("receipts", -due.ReadBefore.ToUnixTimeMilliseconds());

    private static DateTimeOffset? ToTime(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
