using System.Collections.Concurrent;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>
/// Connections that stay open with their one statement prepared, as many as have ever read at the same time. To open a
/// pooled one, tell it the pragmas and have EF Core prepare its query costs several times what the read itself does.
/// </summary>
internal sealed class SqliteReaders(IDbContextFactory<SqliteKvDbContext> contexts) : IDisposable
{
    private readonly ConcurrentQueue<Reader> _idle = [];

    /// <summary>The row, expired or not; null where there is none.</summary>
    public Entry? Find(EntryId id)
    {
        var reader = _idle.TryDequeue(out var idle) ? idle : new Reader(contexts.CreateDbContext());
        try
        {
            var entry = reader.Find(id);
            _idle.Enqueue(reader);
            return entry;
        }
        catch
        {
            // Whatever state it is in, the next one begins afresh.
            reader.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        while (_idle.TryDequeue(out var reader))
        {
            reader.Dispose();
        }
    }

    private sealed class Reader : IDisposable
    {
        private readonly SqliteKvDbContext _context;
        private readonly SqliteStatement _find;

        public Reader(SqliteKvDbContext context)
        {
            _context = context;
            context.Database.OpenConnection();
            _find = new SqliteStatement((SqliteConnection)context.Database.GetDbConnection(), EntryStatements.Find);
        }

        public Entry? Find(EntryId id) => _find.Find(id);

        public void Dispose()
        {
            _find.Dispose();
            _context.Dispose();
        }
    }
}
