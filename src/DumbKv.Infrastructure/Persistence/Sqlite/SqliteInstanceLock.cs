namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>
/// The right of one process to a SQLite file, held until the process ends: two writers over a network file system would
/// corrupt it. The lock is on a file beside it, which stays there: to remove it would let a third process lock another
/// file of the same name.
/// </summary>
internal sealed class SqliteInstanceLock(SqliteLocation location) : IDisposable
{
    private FileStream? _held;

    public string File => location.RealFile + ".lock";

    /// <summary>False while another process has it.</summary>
    /// <exception cref="StartRefusedException">The file cannot be made, or the file system keeps no locks.</exception>
    public bool TryTake()
    {
        if (location.IsMemory || _held is not null)
        {
            return true;
        }

        try
        {
            _held = Open();
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(2, $"DATABASE_LOCATION: {File} cannot be opened for writing: {exception.Message}");
        }

        AssertExclusive();
        return true;
    }

    public void Dispose() => _held?.Dispose();

    /// <summary>Some file systems answer a request for a lock with success and keep none: a second request tells.</summary>
    private void AssertExclusive()
    {
        try
        {
            Open().Dispose();
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return;
        }

        throw new StartRefusedException(
            1, $"The file system of {location.File} keeps no file locks, so two servers could write to it at once. Put the file on one that does.");
    }

    private FileStream Open() => new(File, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    // EWOULDBLOCK on Linux and on BSD, a sharing violation on Windows.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
