using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure;

/// <summary>Explains failures to commands, which are the same for both databases.</summary>
public static class StoreFailures
{
    /// <summary>What is wrong and what to do, for a SQLite failure with a known cause. Otherwise null.</summary>
    public static string? Explain(Exception exception, string location) =>
        exception.GetBaseException() is SqliteException sqlite ? SqliteErrors.Explain(sqlite, location) : null;
}
