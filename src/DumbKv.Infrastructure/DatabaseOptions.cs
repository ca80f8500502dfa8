using DumbKv.Domain.Crypto;

namespace DumbKv.Infrastructure;

public enum DatabaseType
{
    Sqlite,
    Postgres,
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
}
