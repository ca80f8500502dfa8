using DumbKv.Application;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

/// <summary>
/// Deletes go through <see cref="SqliteWriter"/> and share the commits of other writes. A transaction of their own would need one more
/// fsync, and a commit of one connection empties the page caches of the others.
/// </summary>
internal sealed class SqliteExpiredEntries(IDbContextFactory<SqliteKvDbContext> contexts, SqliteWriteLock writeLock, SqliteWriter writer) : IExpiredEntries
{
    /// <summary>A batch takes some milliseconds, during which writers wait.</summary>
    public const int BatchRows = 200;

    public async Task<ExpiredBacklog> MeasureAsync(SweepDue due, CancellationToken cancellationToken)
    {
        using var held = await writeLock.AcquireForReadAsync(cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.MeasureExpiredAsync(due, cancellationToken);
    }

    public async Task<IReadOnlyList<EntryId>> FindExpiredAsync(SweepDue due, CancellationToken cancellationToken)
    {
        using var held = await writeLock.AcquireForReadAsync(cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.FindExpiredAsync(BatchRows, due, cancellationToken);
    }

    public async Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, SweepDue due, CancellationToken cancellationToken)
    {
        var removed = await Task.WhenAll(ids.Select(id => writer.WriteAsync(EntryWrite.Sweep(id, due))));
        return removed.Count(changed => changed);
    }
}
