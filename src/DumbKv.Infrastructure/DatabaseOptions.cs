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
    /// <summary><see cref="Wal"/> on a local disk, <see cref="Truncate"/> on a network file system.</summary>
    Auto,

    /// <summary>Readers never wait for writers. Needs memory that all readers share, which a network file system has not.</summary>
    Wal,

    /// <summary>A rollback journal. Readers and writers wait for each other.</summary>
    Truncate,
}

/// <summary>Where entries are stored. Read once, at start.</summary>
public sealed class DatabaseOptions
{
    public const string DefaultSqliteFile = "dumbkv.db";

    /// <summary>DATABASE_TYPE.</summary>
    public required DatabaseType Type { get; init; }

    /// <summary>DATABASE_LOCATION. For SQLite a file, or ":memory:"; for Postgres a URL or an Npgsql connection string.</summary>
    public required string Location { get; init; }

    /// <summary>Only its fingerprint reaches the store.</summary>
    public Pepper? Pepper { get; init; }

    /// <summary>SQLITE_JOURNAL.</summary>
    public SqliteJournal Journal { get; init; }

    /// <summary>LOCK_WAIT_SECONDS: how long a start waits for another process to let a SQLite file go.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(60);
}
