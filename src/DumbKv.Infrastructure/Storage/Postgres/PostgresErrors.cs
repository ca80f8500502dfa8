using System.Net.Sockets;
using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// The one place that distinguishes the causes of PostgreSQL's errors, by SQLSTATE (appendix A of PostgreSQL's manual).
/// </summary>
internal static class PostgresErrors
{
    /// <summary>
    /// The exception for a failed request. Null for an error whose cause is not known to be outside of this program, such as a
    /// statement that names a missing column. That is a bug.
    /// </summary>
    public static StoreException? Translate(Exception exception) => Unwrap(exception) switch
    {
        OutcomeUnknownException unknown => unknown.ForCaller(),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            new StoreFullException("The disk of the store is full. Try again when there is space.", exception),
        PostgresException postgres when !IsUnavailable(postgres) => null,
        _ when IsDatabaseFailure(exception) => new StoreUnavailableException("The store does not answer. Try again.", exception),
        _ => null,
    };

    /// <summary>
    /// Whether the database, or the connection to it, reported a failure of any cause. After a commit was sent, the outcome is unknown
    /// with each of them.
    /// </summary>
    public static bool IsDatabaseFailure(Exception exception) =>
        Unwrap(exception) is OutcomeUnknownException or NpgsqlException or TimeoutException or SocketException or ObjectDisposedException;

    /// <summary>
    /// Whether an immediate retry can succeed. False after a timeout, because the client has waited long enough, and for a full disk.
    /// Npgsql calls both transient. False for an <see cref="OutcomeUnknownException"/>.
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
    public static bool IsStatementFailure(Exception exception) => Unwrap(exception) is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>The connection is lost, or leads to a server that is not the primary.</summary>
    public static bool LosesConnection(Exception exception) =>
        !IsStatementFailure(exception) || Unwrap(exception) is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>Whether another attempt to initialize the store can succeed: the server is unavailable or starting, or another replica does the same.</summary>
    public static bool IsWorthAnotherStart(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState
            is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject
            or PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException or SocketException => true,
        { InnerException: { } inner } => IsWorthAnotherStart(inner),
        _ => false,
    };

    private static bool IsUnavailable(PostgresException exception) => exception switch
    {
        // The server, or a pooler in front of it, refused or ended the connection.
        { InvariantSeverity: "FATAL" or "PANIC" } => true,
        { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => true, // A standby, or a primary that was set read-only.
        { SqlState: PostgresErrorCodes.LockNotAvailable } => true, // lock_timeout.
        { SqlState: PostgresErrorCodes.InsufficientPrivilege } => true, // The operator revoked a privilege.
        { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } => true,
        { SqlState: ['0', '8', ..] } => true, // Connection exception. Citus reports it for a node that is unavailable.
        { SqlState: ['2', '8', ..] } => true, // Invalid authorization, also on a Citus node.
        { SqlState: ['4', '0', ..] } => true, // Transaction rollback: serialization failure, deadlock.
        { SqlState: ['5', '3', ..] } => true, // Insufficient resources: memory, connections.
        { SqlState: ['5', '7', ..] } => true, // Operator intervention: cancelled, statement_timeout, shutdown, crash, still starting.
        { SqlState: ['5', '8', ..] } => true, // System error outside of PostgreSQL, such as a disk error.
        _ => false,
    };

    // EF Core wraps errors that it considers transient.
    private static Exception Unwrap(Exception exception) => exception is InvalidOperationException { InnerException: { } inner } ? inner : exception;
}
