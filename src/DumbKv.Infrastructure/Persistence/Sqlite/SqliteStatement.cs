using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>
/// A statement of <see cref="EntryStatements"/> that stays prepared as long as its connection is open. Past ADO.NET's command,
/// whose bookkeeping costs half as much as what SQLite does: docs/performance.md. For one thread at a time.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private readonly string[] _parameters;

    public SqliteStatement(SqliteConnection connection, string text)
    {
        _connection = connection.Handle!;
        Check(sqlite3_prepare_v3(_connection, text, SQLITE_PREPARE_PERSISTENT, out _statement));
        _parameters = [.. Enumerable.Range(1, sqlite3_bind_parameter_count(_statement)).Select(number => sqlite3_bind_parameter_name(_statement, number).utf8_to_string())];
    }

    /// <summary>For <see cref="EntryStatements.Find"/>: the row; null where there is none.</summary>
    public Entry? Find(EntryId id)
    {
        try
        {
            Bind(1, id.Database);
            Bind(2, id.Lookup);
            return Step() ? Read(id) : null;
        }
        finally
        {
            _ = sqlite3_reset(_statement); // Its error is the step's.
        }
    }

    /// <summary>For <see cref="EntryStatements.For"/>: whether it changed a row.</summary>
    public bool Execute(EntryWrite write)
    {
        for (var number = 1; number <= _parameters.Length; number++)
        {
            Bind(number, write);
        }

        Execute();
        return sqlite3_changes(_connection) == 1;
    }

    /// <summary>For a statement without parameters.</summary>
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

    private void Bind(int number, EntryWrite write)
    {
        switch (_parameters[number - 1])
        {
            case "@database": Bind(number, write.Database); break;
            case "@lookup": Bind(number, write.Lookup); break;
            case "@version": Bind(number, write.Entry!.Version); break;
            case "@expires": Bind(number, write.Entry!.ExpiresAt); break;
            case "@flags": Bind(number, (int)write.Entry!.Flags); break;
            case "@sealed": Bind(number, write.Entry!.Sealed); break;
            case "@now": Bind(number, write.Now); break;
            default: Bind(number, write.Condition.Version?.ToBytes() ?? []); break;
        }
    }

    private void Bind(int number, byte[] value) => Check(sqlite3_bind_blob(_statement, number, value));

    private void Bind(int number, long? value) => Check(value is { } integer ? sqlite3_bind_int64(_statement, number, integer) : sqlite3_bind_null(_statement, number));

    /// <summary>Whether it stands on a row.</summary>
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

    private Entry Read(EntryId id) => new()
    {
        Database = id.Database,
        Lookup = id.Lookup,
        Version = sqlite3_column_blob(_statement, 0).ToArray(),
        ExpiresAt = sqlite3_column_type(_statement, 1) == SQLITE_NULL ? null : sqlite3_column_int64(_statement, 1),
        Flags = EntryStatements.FlagsOf(sqlite3_column_int64(_statement, 2)),
        Sealed = sqlite3_column_blob(_statement, 3).ToArray(),
    };

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection);
}
