using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Persistence.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>Row by row: a statement costs little where there is no way to the database.</summary>
internal sealed class SqliteContents(IStoreProvider provider) : StoreContents(provider)
{
    private readonly Func<KvDbContext, int, byte[], CancellationToken, Task<Entry?>> _find = EntryStatements.CompileFind();

    public override async Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        await context.Database.OpenConnectionAsync(cancellationToken);

        var found = new List<Entry>(batch.Count);
        foreach (var entry in batch)
        {
            if (await _find(context, entry.Database, entry.Lookup, cancellationToken) is { } standing)
            {
                found.Add(standing);
            }
        }

        return found;
    }

    public override async Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        await using var context = CreateContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);

        foreach (var entry in batch)
        {
            await context.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
                VALUES ({entry.Database}, {entry.Lookup}, {entry.Version}, {entry.ExpiresAt}, {(int)entry.Flags}, {entry.Sealed})
                ON CONFLICT (database_id, lookup) DO NOTHING
                """,
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
