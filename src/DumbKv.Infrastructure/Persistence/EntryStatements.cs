using System.Data;
using System.Data.Common;
using System.Diagnostics;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace DumbKv.Infrastructure.Persistence;

/// <summary>
/// The statements of a request. Each names one row by its primary key and decides its condition inside the
/// database, so that no two callers can both win. SQLite and PostgreSQL read the same SQL.
/// </summary>
internal static class EntryStatements
{
    /// <summary>For <see cref="Read"/>.</summary>
    public const string Find = "SELECT version, expires_at, flags, sealed FROM entries WHERE database_id = @database AND lookup = @lookup";

    private const string Put = """
        INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
        VALUES (@database, @lookup, @version, @expires, @flags, @sealed)
        ON CONFLICT (database_id, lookup) DO UPDATE
        SET version = excluded.version, expires_at = excluded.expires_at, flags = excluded.flags, sealed = excluded.sealed
        """;

    private const string PutIfAbsent = Put + "\nWHERE entries.expires_at <= @now";

    private const string PutIfPresent = """
        UPDATE entries
        SET version = @version, expires_at = @expires, flags = @flags, sealed = @sealed
        WHERE database_id = @database AND lookup = @lookup
        """ + IsThere;

    private const string PutIfVersion = PutIfPresent + IsVersion;

    private const string Delete = "DELETE FROM entries WHERE database_id = @database AND lookup = @lookup";

    // An entry that has expired is absent, and its row is still there: the sweep's.
    private const string DeleteIfAbsent = Delete + "\nAND expires_at <= @now";

    private const string DeleteIfPresent = Delete + IsThere;

    private const string DeleteIfVersion = DeleteIfPresent + IsVersion;

    private const string IsThere = "\nAND (expires_at IS NULL OR expires_at > @now)";

    private const string IsVersion = "\nAND version = @expected";

    /// <summary>All that <see cref="For"/> answers with.</summary>
    public static IReadOnlyList<string> Writes => [Put, PutIfAbsent, PutIfPresent, PutIfVersion, Delete, DeleteIfAbsent, DeleteIfPresent, DeleteIfVersion];

    /// <summary>Compiled once for each store: a compiled query belongs to one provider's model.</summary>
    public static Func<KvDbContext, int, byte[], CancellationToken, Task<Entry?>> CompileFind() =>
        EF.CompileAsyncQuery((KvDbContext context, int database, byte[] lookup, CancellationToken _) =>
            context.Entries.AsNoTracking().FirstOrDefault(entry => entry.Database == database && entry.Lookup == lookup));

    /// <summary>The row of <see cref="Find"/> on which <paramref name="row"/> stands.</summary>
    public static Entry Read(DbDataReader row, EntryId id) => new()
    {
        Database = id.Database,
        Lookup = id.Lookup,
        Version = row.GetFieldValue<byte[]>(0),
        ExpiresAt = row.IsDBNull(1) ? null : row.GetInt64(1),
        Flags = FlagsOf(row.GetInt64(2)),
        Sealed = row.GetFieldValue<byte[]>(3),
    };

    /// <summary>SQLite keeps what is put there, whatever the column says: a number that is no flags of ours must not open either.</summary>
    public static EntryFlags FlagsOf(long column) => column is >= 0 and <= int.MaxValue ? (EntryFlags)column : (EntryFlags)(-1);

    /// <summary>A statement that answers with the number of rows that it changed: 0 or 1.</summary>
    public static string For(EntryWrite write) => (write.Entry, write.Condition.Kind) switch
    {
        ({ }, PreconditionKind.None) => Put,
        ({ }, PreconditionKind.Absent) => PutIfAbsent,
        ({ }, PreconditionKind.Present) => PutIfPresent,
        ({ }, PreconditionKind.Version) => PutIfVersion,
        (null, PreconditionKind.None) => Delete,
        (null, PreconditionKind.Absent) => DeleteIfAbsent,
        (null, PreconditionKind.Present) => DeleteIfPresent,
        (null, PreconditionKind.Version) => DeleteIfVersion,
        _ => throw new UnreachableException(),
    };

    /// <summary>Gives a command the values of <paramref name="write"/>, which <see cref="For"/> gave its text. It may have served another one.</summary>
    public static void Bind(DbCommand command, EntryWrite write)
    {
        if (command.Parameters.Count == 0)
        {
            AddParameters(command);
        }

        foreach (DbParameter parameter in command.Parameters)
        {
            parameter.Value = parameter.ParameterName switch
            {
                "database" => write.Database,
                "lookup" => write.Lookup,
                "version" => write.Entry!.Version,
                "expires" => write.Entry!.ExpiresAt ?? (object)DBNull.Value,
                "flags" => (int)write.Entry!.Flags,
                "sealed" => write.Entry!.Sealed,
                "now" => write.Now,
                _ => write.Condition.Version?.ToBytes() ?? [],
            };
        }
    }

    /// <summary>Whether it changed a row. In the context's transaction, where there is one.</summary>
    public static async Task<bool> ExecuteAsync(this KvDbContext context, EntryWrite write)
    {
        await context.Database.OpenConnectionAsync();
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = For(write);
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandTimeout = context.Database.GetCommandTimeout() ?? command.CommandTimeout;
        Bind(command, write);
        return await command.ExecuteNonQueryAsync() == 1;
    }

    private static void AddParameters(DbCommand command)
    {
        AddWhereNamed("database", DbType.Int32);
        AddWhereNamed("lookup", DbType.Binary);
        AddWhereNamed("version", DbType.Binary);
        AddWhereNamed("expires", DbType.Int64);
        AddWhereNamed("flags", DbType.Int32);
        AddWhereNamed("sealed", DbType.Binary);
        AddWhereNamed("now", DbType.Int64);
        AddWhereNamed("expected", DbType.Binary);

        void AddWhereNamed(string name, DbType type)
        {
            if (command.CommandText.Contains($"@{name}", StringComparison.Ordinal))
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.DbType = type;
                command.Parameters.Add(parameter);
            }
        }
    }
}
