using System.Net.Sockets;
using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

internal static class PostgresErrors
{
    /// <summary>What the caller is told; null for what is not the database's doing.</summary>
    public static StoreException? Translate(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            new StoreFullException("The disk of the store is full. Try again when there is room.", exception),
        NpgsqlException or TimeoutException or SocketException or ObjectDisposedException =>
            new StoreUnavailableException("The store does not answer. Try again.", exception),

        // EF Core wraps what it takes for transient.
        InvalidOperationException { InnerException: NpgsqlException or TimeoutException or SocketException } =>
            new StoreUnavailableException("The store does not answer. Try again.", exception.InnerException),
        _ => null,
    };

    /// <summary>Another try at preparing the store may succeed: the server is away or starting, or another replica does the same just now.</summary>
    public static bool IsWorthAnotherTry(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState
            is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject
            or PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException or SocketException => true,
        { InnerException: { } inner } => IsWorthAnotherTry(inner),
        _ => false,
    };
}
