using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>A context whose connection stays open, and whose statements stay prepared. For one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = [];
    private readonly SqliteKvDbContext _context;
    private readonly SqliteConnection _connection;

    public SqliteSession(IDbContextFactory<SqliteKvDbContext> contexts)
    {
        _context = contexts.CreateDbContext();
        _context.Database.OpenConnection();
        _connection = (SqliteConnection)_context.Database.GetDbConnection();
    }

    public sqlite3 Handle => _connection.Handle!;

    public SqliteStatement Prepare(string text)
    {
        if (!_statements.TryGetValue(text, out var statement))
        {
            statement = new SqliteStatement(_connection, text);
            _statements.Add(text, statement);
        }

        return statement;
    }

    /// <summary>Whether the statement changed a row.</summary>
    public bool Execute(EntryStatement statement, EntryWrite write) => Prepare(statement.Text).Execute(statement, write);

    /// <summary>What was not committed is undone: whoever gets the connection next must not find a transaction open.</summary>
    public void Dispose()
    {
        if (_connection.Handle is { } connection && sqlite3_get_autocommit(connection) == 0)
        {
            _ = sqlite3_exec(connection, "ROLLBACK");
        }

        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _context.Dispose();
    }
}
