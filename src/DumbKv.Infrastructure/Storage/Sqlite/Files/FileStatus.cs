using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>
/// Linux's statx, which reads a file's status without opening the file. Closing a descriptor of a database file would release the
/// locks that SQLite holds on it in this process.
/// </summary>
/// <param name="Device">With <paramref name="Inode"/> it identifies the file under all its names.</param>
/// <param name="Inode">The file's number on its device.</param>
/// <param name="Links">The number of names that the file has.</param>
/// <param name="IsRegular">A regular file, and not a directory, a pipe, a device or a socket.</param>
/// <param name="User">The owner.</param>
/// <param name="Group">The owner's group.</param>
/// <param name="Mount">The id, in the mount table, of the mount that the path goes through. Null before Linux 5.8.</param>
internal sealed partial record FileStatus(ulong Device, ulong Inode, uint Links, bool IsRegular, uint User, uint Group, ulong? Mount)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the file of the descriptor itself.
    private const uint BasicStatus = 0x7ff; // STATX_BASIC_STATS
    private const uint MountId = 0x1000; // STATX_MNT_ID
    private const int TypeOfFile = 0xf000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG

    /// <summary>The status of the file that the path leads to, with links resolved. Null if there is none, and on systems other than Linux.</summary>
    public static FileStatus? Of(string path) => OperatingSystem.IsLinux() && Statx(CurrentFolder, path, 0, BasicStatus | MountId, out var status) == 0 ? From(status) : null;

    /// <summary>The status of the open file. Null on systems other than Linux.</summary>
    public static FileStatus? Of(SafeFileHandle file) =>
        OperatingSystem.IsLinux() && Statx(file, string.Empty, EmptyPath, BasicStatus | MountId, out var status) == 0 ? From(status) : null;

    /// <summary>Whether both are the same file.</summary>
    public bool IsSameFileAs(FileStatus other) => (Device, Inode) == (other.Device, other.Inode);

    private static FileStatus From(in Answer status) => new(
        ((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, status.Links, (status.Mode & TypeOfFile) == RegularFile, status.User, status.Group, (status.Mask & MountId) != 0 ? status.Mount : null);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Answer answer);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint mask, out Answer answer);

    /// <summary>struct statx, which is the same on all processors.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Answer
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;

        [FieldOffset(144)]
        public ulong Mount;
    }
}
