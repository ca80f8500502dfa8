using DumbKv.Infrastructure.Storage.Sqlite.Files;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Allows one process at a time to use a SQLite file, because two writers over a network file system would corrupt it. The lock is
/// on a file beside the database: on NFS a lock covers the whole file, and would conflict with SQLite's own locks. The lock file is
/// never removed. If it were, a second process could lock a new file of the same name.
/// </summary>
internal sealed class SqliteFileLock(SqliteLocation location) : IDisposable
{
    private FileStream? _held;

    public string File { get; } = location.RealFile + ".lock";

    /// <summary>
    /// False while another process holds the lock. The holder calls this before each write, because another process can lock a new
    /// lock file if this one was removed or replaced.
    /// </summary>
    /// <exception cref="StartRefusedException">The file cannot be created, or the file system does not support locks.</exception>
    public bool TryAcquire()
    {
        if (location.IsMemory || (_held is not null && IsInPlace(_held)))
        {
            return true;
        }

        if (TryOpen() is not { } opened)
        {
            return false;
        }

        // The file can be removed between the opening and the locking, and another process can lock its successor.
        if (!IsInPlace(opened))
        {
            opened.Dispose();
            return false;
        }

        AssertExclusive();
        PrivateFiles.Close(File);
        _held?.Dispose();
        _held = opened;
        return true;
    }

    public void Dispose() => _held?.Dispose();

    /// <summary>Whether the locked file is still the file that has its name.</summary>
    private bool IsInPlace(FileStream locked) =>
        FileStatus.Of(locked.SafeFileHandle) is not { } mine || (FileStatus.Of(File) is { } found && found.IsSameFileAs(mine));

    /// <summary>Some file systems report success for a lock and do not keep it. A second attempt detects that.</summary>
    private void AssertExclusive()
    {
        using var second = TryOpen();
        if (second is not null)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"The file system of {location.File} does not support file locks, so two servers could write to it at the same time. Put the file on a file system that does.");
        }
    }

    /// <summary>Null if another process has locked it.</summary>
    private FileStream? TryOpen()
    {
        try
        {
            return PrivateFiles.Open(File, FileMode.OpenOrCreate);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var advice = SqliteErrors.CauseOf(exception) is SqliteFailure.NoAccess or SqliteFailure.ReadOnly ? " Run this as the server's user, or make the directory writable." : string.Empty;
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{location.Setting}: {File} cannot be opened for writing: {exception.Message}{advice}");
        }
    }

    // EWOULDBLOCK on Linux and on BSD, a sharing violation on Windows.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
