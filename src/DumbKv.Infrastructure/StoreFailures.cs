using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure;

/// <summary>For commands, which do not know the database that they use.</summary>
public static class StoreFailures
{
    /// <summary>What is wrong and what to do, where SQLite met a failure whose cause is known; otherwise null.</summary>
    public static string? Explain(Exception exception, string location) =>
        exception.GetBaseException() is SqliteException sqlite ? SqliteErrors.Explain(sqlite, location) : null;
}
