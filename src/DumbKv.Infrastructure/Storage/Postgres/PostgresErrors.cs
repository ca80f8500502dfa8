using System.Net.Sockets;
using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

internal static class PostgresErrors
{
    /// <summary>What the caller is told; null for what is not the database's doing.</summary>
    public static StoreException? Translate(Exception exception) => Unwrap(exception) switch
    {
        OutcomeUnknownException unknown => unknown.ForCaller(),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            new StoreFullException("The disk of the store is full. Try again when there is room.", exception),
        NpgsqlException or TimeoutException or SocketException or ObjectDisposedException =>
            new StoreUnavailableException("The store does not answer. Try again.", exception),
        _ => null,
    };

    /// <summary>
    /// The same again at once may succeed. Not after a timeout, which has taken the caller's time already, and not while the
    /// disk is full; Npgsql takes them for transient. Never for an <see cref="OutcomeUnknownException"/>.
    /// </summary>
    public static bool IsWorthAnotherTry(Exception exception) => Unwrap(exception) switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.LockNotAvailable } => false,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction,
        _ when IsTimeout(exception) => false,
        NpgsqlException or SocketException => true,
        _ => false,
    };

    public static bool IsTimeout(Exception exception) => exception is OutcomeUnknownException { InnerException: { } cause }
        ? IsTimeout(cause)
        : Unwrap(exception) is TimeoutException or NpgsqlException { InnerException: TimeoutException };

    /// <summary>A statement failed, and the connection stays open.</summary>
    public static bool IsTheStatements(Exception exception) => Unwrap(exception) is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>The connection is lost, or leads to a server that is not the primary.</summary>
    public static bool IsTheConnections(Exception exception) =>
        !IsTheStatements(exception) || Unwrap(exception) is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>Another try at preparing the store may succeed: the server is away or starting, or another replica does the same just now.</summary>
    public static bool IsWorthAnotherStart(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState
            is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject
            or PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException or SocketException => true,
        { InnerException: { } inner } => IsWorthAnotherStart(inner),
        _ => false,
    };

    // EF Core wraps what it takes for transient.
    private static Exception Unwrap(Exception exception) => exception is InvalidOperationException { InnerException: { } inner } ? inner : exception;
}
