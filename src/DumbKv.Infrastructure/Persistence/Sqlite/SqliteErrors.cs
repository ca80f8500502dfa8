using DumbKv.Application;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

internal static class SqliteErrors
{
    public static StoreException Translate(Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: SQLITE_FULL } => new StoreFullException("The disk of the store is full. Try again when there is room.", exception),
        SqliteException { SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED } => new StoreUnavailableException("The store is busy. Try again.", exception),
        _ => new StoreUnavailableException("The store does not answer. Try again.", exception),
    };
}
