namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>What the file systems of this machine can do for SQLite.</summary>
internal static class FileSystems
{
    // A list of those that are known to keep a WAL's shared memory, and not of those that are known to fail: there are more of
    // the latter than any list has. Every FUSE file system ("fuse.mergerfs", "fuseblk"), network file system and share of a
    // virtual machine has a name of its own. Names are those of Linux, and of DriveInfo on macOS and Windows.
    private static readonly HashSet<string> Local = new(StringComparer.OrdinalIgnoreCase)
    {
        "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfs", "hfsplus", "jfs", "msdos", "nilfs2", "ntfs", "ntfs3",
        "overlay", "ramfs", "refs", "reiserfs", "tmpfs", "ufs", "vfat", "xfs", "zfs",
    };

    /// <summary>Whether a WAL works on file systems of this type. It needs memory that all processes share.</summary>
    public static bool CanKeepWal(string type) => Local.Contains(type);

    /// <summary>The type of the file system that the folder is on.</summary>
    public static string TypeOf(string folder) =>
        FileStatus.Of(folder) is { Mount: { } id } && MountTable.Read().TypeOf(id) is { } type ? type : new DriveInfo(folder).DriveFormat;

    /// <summary>Whether something is mounted on this very path, which is absolute and without symbolic links.</summary>
    public static bool IsMountPoint(string path) => MountTable.Read().IsMountPoint(path);
}
