using System.Text.RegularExpressions;
using DumbKv.Domain.Crypto;

namespace DumbKv.Infrastructure;

public enum DatabaseType
{
    Sqlite,
    Postgres,
}

/// <summary>SQLite's journal mode.</summary>
public enum SqliteJournal
{
    /// <summary><see cref="Wal"/> on a file system that is known to be local, <see cref="Truncate"/> on every other.</summary>
    Auto,

    /// <summary>Readers never wait for writers. Needs memory that all readers share, which a network file system has not.</summary>
    Wal,

    /// <summary>A rollback journal. Readers and writers wait for each other.</summary>
    Truncate,
}

/// <summary>Where entries are stored. Read once, at start.</summary>
public sealed partial class DatabaseOptions
{
    public const string DefaultSqliteFile = "dumbkv.db";

    /// <summary>The setting that has <see cref="Location"/>, unless an argument of a command has it.</summary>
    public const string LocationVariable = "DATABASE_LOCATION";

    /// <summary>DATABASE_TYPE.</summary>
    public required DatabaseType Type { get; init; }

    /// <summary>DATABASE_LOCATION. For SQLite a file, or ":memory:"; for Postgres a URL or an Npgsql connection string.</summary>
    public required string Location { get; init; }

    /// <summary>The setting or argument that a message about <see cref="Location"/> names.</summary>
    public string LocationSetting { get; init; } = LocationVariable;

    /// <summary>Only its fingerprint reaches the store.</summary>
    public Pepper? Pepper { get; init; }

    /// <summary>Looks at the store and changes nothing in it: a server may use it meanwhile.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>A server waits for its database as long as that takes; a command ends with an error.</summary>
    public bool WaitsForDatabase { get; init; } = true;

    /// <summary>MAX_STORE_BYTES: a store that has grown past it takes no new values; null: no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>SQLITE_JOURNAL.</summary>
    public SqliteJournal Journal { get; init; }

    /// <summary>LOCK_WAIT_SECONDS: how long a start waits for another process to let a SQLite file go.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The kind of database that a location means by its form: a postgres:// URL, an Npgsql connection string, or a SQLite file.</summary>
    public static DatabaseType TypeOf(string location) => PostgresForm().IsMatch(location) ? DatabaseType.Postgres : DatabaseType.Sqlite;

    [GeneratedRegex(@"^\s*postgres(ql)?://|(^|;)\s*(host|server)\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex PostgresForm();
}
