using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

/// <summary>One statement for each row. SQLite runs in this process, so a statement needs no round trip.</summary>
internal sealed class SqliteEntryScanner(IDatabase database, IDbContextFactory<SqliteKvDbContext> contexts) : EntryScanner(database)
{
    public override Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        using var reader = new SqliteReader(new SqliteSession(contexts));
        var rows = new List<Entry>(batch.Count);
        foreach (var entry in batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var id = new EntryId(entry.Database, entry.Lookup);
            var found = reader.Find(id, large: default);
            while (found.IsLarge)
            {
                found = reader.Find(id, new byte[found.Size]);
            }

            if (found.Entry is { } row)
            {
                rows.Add(row);
            }
        }

        return Task.FromResult<IReadOnlyList<Entry>>(rows);
    }

    public override Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var session = new SqliteSession(contexts);
        session.Prepare("BEGIN IMMEDIATE").Execute();
        foreach (var entry in batch)
        {
            session.Execute(EntrySql.Copy, EntryWrite.Copy(entry));
        }

        session.Prepare("COMMIT").Execute();
        return Task.CompletedTask;
    }
}
