using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>The one connection that writes. It stays open and its statements stay prepared: to open one costs as much as a write.</summary>
internal sealed class SqliteWriter(IDbContextFactory<SqliteKvDbContext> contexts) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = [];
    private SqliteKvDbContext? _context;

    /// <summary>In one transaction, which is on disk when this returns; where this fails nothing was written.</summary>
    /// <returns>For each write, whether it changed a row.</returns>
    public bool[] Write(IReadOnlyList<EntryWrite> writes)
    {
        try
        {
            _context ??= Open();

            // Immediate: a transaction that began as a reader may be refused to become a writer.
            using var transaction = ((SqliteConnection)_context.Database.GetDbConnection()).BeginTransaction(deferred: false);
            var changed = new bool[writes.Count];
            for (var index = 0; index < changed.Length; index++)
            {
                changed[index] = Prepare(EntryStatements.For(writes[index])).Execute(writes[index]);
            }

            transaction.Commit();
            return changed;
        }
        catch
        {
            // Whatever state it is in, the next one begins afresh.
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _context?.Dispose();
        _context = null;
    }

    private SqliteKvDbContext Open()
    {
        var context = contexts.CreateDbContext();
        context.Database.OpenConnection();
        return context;
    }

    private SqliteStatement Prepare(string text)
    {
        if (!_statements.TryGetValue(text, out var statement))
        {
            statement = new SqliteStatement((SqliteConnection)_context!.Database.GetDbConnection(), text);
            _statements.Add(text, statement);
        }

        return statement;
    }
}
