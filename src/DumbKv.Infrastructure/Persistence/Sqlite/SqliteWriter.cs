using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static SQLitePCL.raw;

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
            Prepare("BEGIN IMMEDIATE").Execute();
            var changed = new bool[writes.Count];
            for (var index = 0; index < changed.Length; index++)
            {
                changed[index] = Prepare(EntryStatements.For(writes[index])).Execute(writes[index]);
            }

            Prepare("COMMIT").Execute();
            return changed;
        }
        catch
        {
            // Whatever state it is in, the next one begins afresh.
            RollBack();
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

    /// <summary>Where SQLite has not done so itself: whoever gets the connection next must not find the transaction open.</summary>
    private void RollBack()
    {
        if (_context?.Database.GetDbConnection() is SqliteConnection { Handle: { } connection } && sqlite3_get_autocommit(connection) == 0)
        {
            _ = sqlite3_exec(connection, "ROLLBACK");
        }
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
