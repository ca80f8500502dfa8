using DumbKv.Application;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>Causes of a failure of SQLite, or of the file system below it. Each needs a different action.</summary>
internal enum SqliteFailure
{
    /// <summary>The contents of the file are wrong.</summary>
    Damaged,

    /// <summary>The file does not begin as a SQLite database does.</summary>
    NotADatabase,

    /// <summary>A process was killed. Its transaction has to be rolled back or recovered, and this connection is not allowed to write.</summary>
    NeedsRecovery,

    /// <summary>The file, its directory or its file system cannot be written.</summary>
    ReadOnly,

    /// <summary>Another process holds one of SQLite's locks.</summary>
    Locked,

    /// <summary>The file, or one that SQLite keeps beside it, cannot be opened.</summary>
    NoAccess,

    /// <summary>The disk or the file system reported an error.</summary>
    InputOutput,

    /// <summary>The disk is full.</summary>
    DiskFull,
}

/// <summary>The one place that distinguishes the causes of SQLite's errors.</summary>
internal static class SqliteErrors
{
    /// <summary>Null for an exception without a cause outside of this program: that is a bug.</summary>
    public static SqliteFailure? CauseOf(Exception exception) => exception switch
    {
        SqliteException sqlite => CauseOf(sqlite.SqliteErrorCode, sqlite.SqliteExtendedErrorCode),
        UnauthorizedAccessException => SqliteFailure.NoAccess,
        IOException io => CauseOf(io),
        { InnerException: { } inner } => CauseOf(inner),
        _ => null,
    };

    /// <summary>What is wrong and what to do, in one or two sentences for the operator. Null if <see cref="CauseOf(Exception)"/> gives no cause.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="file">The database file, as the operator named it.</param>
    public static string? Explain(Exception exception, string file) => CauseOf(exception) switch
    {
        SqliteFailure.Damaged =>
            $"{file} is damaged. Stop the server and restore a backup: dumbkv restore FILE. {Reason(exception)}",
        SqliteFailure.NotADatabase =>
            $"{file} is not a SQLite database, or its first page is damaged. Name the store's file in DATABASE_LOCATION, or restore a backup: dumbkv restore FILE.",
        SqliteFailure.NeedsRecovery =>
            $"{file} was not closed properly, and its last transaction has to be rolled back or recovered first. Run this as the server's user with write access, or start the server once.",
        SqliteFailure.ReadOnly => ExplainReadOnlyFolder(file)
            ?? $"{file} is read-only for this user, or its file system is. Run this as the server's user, or make the file writable.",
        SqliteFailure.Locked =>
            $"{file} is locked by another program. Close that program or wait for it to finish, then try again.",
        SqliteFailure.NoAccess => ExplainNoAccess(file),
        SqliteFailure.InputOutput =>
            $"The disk or the file system of {file} reported an error. Check the system log, and move the store to another disk if the error repeats. {Reason(exception)}",
        SqliteFailure.DiskFull =>
            $"The disk of {file} is full. Free some space, then try again.",
        _ => null,
    };

    /// <summary>The exception that a failed request ends in. One without a known cause is a bug and stays as it is.</summary>
    public static Exception Translate(Exception exception) => CauseOf(exception) switch
    {
        _ when exception is StoreException => exception,
        null => exception,
        SqliteFailure.DiskFull => new StoreFullException("The disk of the store is full. Try again when there is space.", exception),
        SqliteFailure.Locked => new StoreUnavailableException("The store is busy. Try again.", exception),
        _ => new StoreUnavailableException("The store does not answer. Try again.", exception),
    };

    private static SqliteFailure? CauseOf(int code, int extendedCode) => (code, extendedCode) switch
    {
        (SQLITE_CORRUPT, _) => SqliteFailure.Damaged,
        (SQLITE_NOTADB, _) => SqliteFailure.NotADatabase,
        (_, SQLITE_READONLY_ROLLBACK or SQLITE_READONLY_RECOVERY) => SqliteFailure.NeedsRecovery,
        (SQLITE_READONLY, _) => SqliteFailure.ReadOnly,

        // For a WAL, PROTOCOL means that its locks were held for ten seconds.
        (SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL, _) => SqliteFailure.Locked,
        (SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_AUTH, _) => SqliteFailure.NoAccess,
        (SQLITE_IOERR or SQLITE_NOLFS, _) => SqliteFailure.InputOutput,
        (SQLITE_FULL, _) => SqliteFailure.DiskFull,
        _ => null,
    };

    // .NET puts the system's error number there. The numbers are Linux's.
    private static SqliteFailure? CauseOf(IOException exception) => exception.HResult switch
    {
        28 or 122 => SqliteFailure.DiskFull, // ENOSPC, EDQUOT
        30 => SqliteFailure.ReadOnly, // EROFS
        5 => SqliteFailure.InputOutput, // EIO
        _ => null,
    };

    private static string ExplainNoAccess(string file) => file switch
    {
        _ when !File.Exists(file) => $"{file} does not exist, or this user is not allowed to search the directories above it.",
        _ when !PosixFiles.IsReadable(file) => $"This user is not allowed to read {file}. Run this as the server's user.",
        _ => ExplainReadOnlyFolder(file)
            ?? $"{file}, or a file that SQLite keeps beside it, cannot be opened. Compare the owners and modes of all files whose names begin with it.",
    };

    /// <summary>To read a store with a WAL, SQLite needs files beside it. To write a store, it needs a journal beside it.</summary>
    private static string? ExplainReadOnlyFolder(string file) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !PosixFiles.IsWritable(folder)
            ? $"SQLite has to create files beside {file}, and {folder} is read-only for this user. Run this as the server's user, or make the directory writable."
            : null;

    private static string Reason(Exception exception) => $"SQLite says: {exception.GetBaseException().Message}";
}
