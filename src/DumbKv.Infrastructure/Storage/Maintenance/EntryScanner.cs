using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>Plain scans and lookups by primary key, which a distributed PostgreSQL can push down.</summary>
internal abstract class EntryScanner(IDatabase database) : IEntryScanner
{
    // Together they bound the memory of a batch.
    private const int BatchRows = 2_000;
    private const int BatchBytes = 4_000_000;

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        return await context.Entries.LongCountAsync(cancellationToken);
    }

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        var batch = new List<Entry>(BatchRows);
        var bytes = 0L;

        await foreach (var entry in context.Entries.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            batch.Add(entry);
            bytes += entry.Sealed.Length;
            if (batch.Count == BatchRows || bytes >= BatchBytes)
            {
                yield return batch;
                batch = new List<Entry>(BatchRows);
                bytes = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    public abstract Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);

    public abstract Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken);

    protected KvDbContext CreateContext()
    {
        var context = database.CreateContext();
        context.Database.SetCommandTimeout(TimeSpan.FromHours(6));
        return context;
    }
}
