using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>
/// System calls that .NET does not offer: fsync of a directory, changing an owner, checking access without opening the file, and
/// opening without waiting.
/// </summary>
internal static partial class PosixFiles
{
    private const int ReadAccess = 4; // R_OK
    private const int WriteAccess = 2; // W_OK
    private const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int InvalidArgument = 22; // EINVAL
    private const int AccessDenied = 13; // EACCES

    /// <summary>Whether this user can read the file or directory. True on Windows, where only an attempt shows it.</summary>
    public static bool IsReadable(string path) => OperatingSystem.IsWindows() || Access(path, ReadAccess) == 0;

    /// <summary>Whether this user can write to the file or directory. True on Windows.</summary>
    public static bool IsWritable(string path) => OperatingSystem.IsWindows() || Access(path, WriteAccess) == 0;

    /// <summary>Opens a file for reading. A pipe without a writer opens too, and does not block the caller.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user cannot read the file.</exception>
    public static SafeFileHandle OpenToRead(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.OpenHandle(path);
        }

        var file = Open(path, ReadOnlyCloseOnExec | NonBlocking);
        if (!file.IsInvalid)
        {
            return file;
        }

        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        throw error == AccessDenied ? new UnauthorizedAccessException() : new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    /// <summary>Writes the file's contents to disk.</summary>
    public static void Sync(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Writes the directory's entries to disk, so that created, renamed or removed files survive a power cut.</summary>
    /// <exception cref="IOException">The disk reported an error.</exception>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var directory = Open(folder, ReadOnlyCloseOnExec);

        // A file system that writes names through immediately may not support the call.
        if (directory.IsInvalid || (Fsync(directory) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument))
        {
            throw new IOException($"{folder} could not be written to disk: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Gives the file the owner and group of another file. False if this user is not allowed to.</summary>
    public static bool TrySetOwner(string file, FileStatus owner) =>
        FileStatus.Of(file) is { } status && ((status.User, status.Group) == (owner.User, owner.Group) || Chown(file, owner.User, owner.Group) == 0);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Chown(string path, uint user, uint group);
}
