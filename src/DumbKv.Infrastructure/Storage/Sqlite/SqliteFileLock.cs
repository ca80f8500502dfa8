using DumbKv.Infrastructure.Storage.Sqlite.Files;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Admits one process to a SQLite file until it ends, because two writers over a network file system would corrupt the file. The
/// lock is on a file beside the database: on NFS it is a lock of the whole file, which would conflict with SQLite's own locks. The
/// lock file is never removed. If it were, a second process could lock a new file of the same name.
/// </summary>
internal sealed class SqliteFileLock(SqliteLocation location) : IDisposable
{
    private FileStream? _held;

    public string File { get; } = location.RealFile + ".lock";

    /// <summary>
    /// False while another process holds the lock. The holder calls it again before each write: if the lock file was removed or
    /// replaced meanwhile, another process may hold the new one.
    /// </summary>
    /// <exception cref="StartRefusedException">The file cannot be made, or the file system keeps no locks.</exception>
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

        // The file may have been removed between its opening and its lock, and another process may have locked its successor.
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

    /// <summary>Whether the locked file is still the one that others find under its name.</summary>
    private bool IsInPlace(FileStream locked) =>
        FileStatus.Of(locked.SafeFileHandle) is not { } mine || (FileStatus.Of(File) is { } found && found.IsSameFileAs(mine));

    /// <summary>Some file systems report success for a lock and keep none. A second request shows that.</summary>
    private void AssertExclusive()
    {
        using var second = TryOpen();
        if (second is not null)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"The file system of {location.File} keeps no file locks, so two servers could write to it at once. Put the file on one that does.");
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
