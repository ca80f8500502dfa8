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
    /// <summary><see cref="Wal"/> on a file system that is known to be local, otherwise <see cref="Truncate"/>.</summary>
    Auto,

    /// <summary>Readers never wait for writers. Requires memory that all processes share, which network file systems do not have.</summary>
    Wal,

    /// <summary>A rollback journal. Readers and writers wait for each other.</summary>
    Truncate,
}

/// <summary>Where entries are stored. Read once, at start.</summary>
public sealed partial class DatabaseOptions
{
    public const string DefaultSqliteFile = "dumbkv.db";

    /// <summary>The setting for <see cref="Location"/>, unless a command has an argument for it.</summary>
    public const string LocationVariable = "DATABASE_LOCATION";

    /// <summary>DATABASE_TYPE.</summary>
    public required DatabaseType Type { get; init; }

    /// <summary>DATABASE_LOCATION. For SQLite a file, or ":memory:"; for Postgres a URL or an Npgsql connection string.</summary>
    public required string Location { get; init; }

    /// <summary>The setting or argument that a message about <see cref="Location"/> names.</summary>
    public string LocationSetting { get; init; } = LocationVariable;

    /// <summary>PEPPER or PEPPER_FILE. Only its fingerprint is stored.</summary>
    public Pepper? Pepper { get; init; }

    /// <summary>PEPPER_PREVIOUS or PEPPER_PREVIOUS_FILE: the pepper before, while it is being rotated.</summary>
    public Pepper? PreviousPepper { get; init; }

    /// <summary>The store is only read. A server can use it at the same time.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>A server waits for its database without a limit. A command ends with an error.</summary>
    public bool WaitsForDatabase { get; init; } = true;

    /// <summary>MAX_STORE_BYTES: a larger store refuses new values. Null: no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>SQLITE_JOURNAL.</summary>
    public SqliteJournal Journal { get; init; }

    /// <summary>SQLITE_CHECKPOINTS: whether the server copies SQLite's write-ahead log into the file.</summary>
    public bool Checkpoints { get; init; } = true;

    /// <summary>LOCK_WAIT_SECONDS: how long a start waits for another process to release a SQLite file.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The type of database by the form of a location: a postgres:// URL, an Npgsql connection string, or a SQLite file.</summary>
    public static DatabaseType TypeOf(string location) => PostgresForm().IsMatch(location) ? DatabaseType.Postgres : DatabaseType.Sqlite;

    [GeneratedRegex(@"^\s*postgres(ql)?://|(^|;)\s*(host|server)\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex PostgresForm();
}
