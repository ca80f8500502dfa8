using System.Collections.Concurrent;
using System.Data;
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

    private sealed class Reader(SqliteKvDbContext context) : IDisposable
    {
        private readonly SqliteCommand _command = Prepare(context);

        public Entry? Find(EntryId id)
        {
            _command.Parameters[0].Value = id.Database;
            _command.Parameters[1].Value = id.Lookup;

            using var row = _command.ExecuteReader();
            return row.Read() ? EntryStatements.Read(row, id) : null;
        }

        public void Dispose()
        {
            _command.Dispose();
            context.Dispose();
        }

        private static SqliteCommand Prepare(SqliteKvDbContext context)
        {
            context.Database.OpenConnection();
            var command = (SqliteCommand)context.Database.GetDbConnection().CreateCommand();
            command.CommandText = EntryStatements.Find;
            command.Parameters.Add(new SqliteParameter("database", DbType.Int32));
            command.Parameters.Add(new SqliteParameter("lookup", DbType.Binary));
            return command;
        }
    }
}
