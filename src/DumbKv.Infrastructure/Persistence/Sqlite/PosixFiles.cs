using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>What .NET does not offer for files of Linux: the fsync of a directory, owners, and access without opening the file.</summary>
internal static partial class PosixFiles
{
    private const int ReadAccess = 4; // R_OK
    private const int WriteAccess = 2; // W_OK
    private const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    private const int InvalidArgument = 22; // EINVAL
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint OwnerStatus = 0x18; // STATX_UID | STATX_GID

    /// <summary>Whether this user may read the file or directory. True on Windows, where only an attempt tells.</summary>
    public static bool IsReadable(string path) => OperatingSystem.IsWindows() || Access(path, ReadAccess) == 0;

    /// <summary>Whether this user may write to the file or directory.</summary>
    public static bool IsWritable(string path) => OperatingSystem.IsWindows() || Access(path, WriteAccess) == 0;

    /// <summary>Puts the file's contents on disk.</summary>
    public static void Sync(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Puts the directory's names on disk: a file that was made, renamed or removed in it stays so after a power cut.</summary>
    /// <exception cref="IOException">The disk reported an error.</exception>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var directory = Open(folder, ReadOnlyCloseOnExec);

        // A file system that writes names through at once may not know the call.
        if (directory.IsInvalid || (Fsync(directory) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument))
        {
            throw new IOException($"{folder} could not be written to disk: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>User and group of a file; null on other systems than Linux.</summary>
    public static (uint User, uint Group)? OwnerOf(string file) =>
        OperatingSystem.IsLinux() && Statx(CurrentFolder, file, 0, OwnerStatus, out var status) == 0 ? (status.User, status.Group) : null;

    /// <summary>False where this user may not give the file away.</summary>
    public static bool TrySetOwner(string file, (uint User, uint Group) owner) => OwnerOf(file) == owner || Chown(file, owner.User, owner.Group) == 0;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Chown(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out FileOwner answer);

    /// <summary>The part of struct statx that is read here. The struct is the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileOwner
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;
    }
}
