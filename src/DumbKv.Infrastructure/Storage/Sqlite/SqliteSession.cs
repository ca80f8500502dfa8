using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>A connection that stays open, with statements that stay prepared. For one thread at a time.</summary>
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

    /// <summary>Rolls back an open transaction, because the connection returns to the pool.</summary>
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

/// <summary>
/// A statement that stays prepared while its connection is open. It does not use ADO.NET's command, whose bookkeeping takes
/// half as long as SQLite's own work (docs/decisions/0009). Not safe for concurrent use.
/// </summary>
internal sealed class SqliteStatement : IDisposable, IEntryParameters, IEntryRow
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string text)
    {
        _connection = connection.Handle!;
        Check(sqlite3_prepare_v3(_connection, text, SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>For a statement that selects a row.</summary>
    public FoundEntry Find(EntryStatement statement, EntryId id, Memory<byte> large)
    {
        try
        {
            EntrySql.Bind(statement, id, large, this);
            return Step() ? EntrySql.Read(id, this, large) : default;
        }
        finally
        {
            _ = sqlite3_reset(_statement); // Returns the error of the last step again.
        }
    }

    /// <summary>Whether the statement changed a row.</summary>
    public bool Execute(EntryStatement statement, EntryWrite write)
    {
        EntrySql.Bind(statement, write, this);
        Execute();
        return sqlite3_changes(_connection) == 1;
    }

    /// <summary>For a statement without parameters, such as COMMIT.</summary>
    public void Execute()
    {
        try
        {
            Step();
        }
        finally
        {
            _ = sqlite3_reset(_statement);
        }
    }

    public void Dispose() => _statement.Dispose();

    void IEntryParameters.Set(int index, int value) => Check(sqlite3_bind_int64(_statement, index + 1, value));

    void IEntryParameters.Set(int index, long? value) =>
        Check(value is { } integer ? sqlite3_bind_int64(_statement, index + 1, integer) : sqlite3_bind_null(_statement, index + 1));

    void IEntryParameters.Set(int index, byte[] value) => Check(sqlite3_bind_blob(_statement, index + 1, value));

    void IEntryParameters.Set(int index, ReadOnlyMemory<byte> value) => Check(sqlite3_bind_blob(_statement, index + 1, value.Span));

    byte[] IEntryRow.GetBytes(int column) => sqlite3_column_blob(_statement, column).ToArray();

    Memory<byte> IEntryRow.GetBytes(int column, Memory<byte> target)
    {
        var value = sqlite3_column_blob(_statement, column);
        var length = Math.Min(value.Length, target.Length); // SQLite gives the length of a text in characters. No server writes one.
        value[..length].CopyTo(target.Span);
        return target[..length];
    }

    long? IEntryRow.GetInteger(int column) => sqlite3_column_type(_statement, column) == SQLITE_NULL ? null : sqlite3_column_int64(_statement, column);

    /// <summary>Whether there is a row.</summary>
    private bool Step()
    {
        var result = sqlite3_step(_statement);
        if (result is SQLITE_ROW or SQLITE_DONE)
        {
            return result == SQLITE_ROW;
        }

        Check(result);
        return false;
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection);
}
