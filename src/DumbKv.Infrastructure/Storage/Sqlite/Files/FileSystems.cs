using System.Globalization;
using System.Text.RegularExpressions;

namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>What this machine's file systems support.</summary>
internal static class FileSystems
{
    // Lists the types that are known to support a WAL's shared memory, and not those that are known to fail, because the latter cannot
    // be listed completely: each FUSE file system ("fuse.mergerfs", "fuseblk"), network file system and virtual machine share has its
    // own name. The names are those of Linux, and of DriveInfo on macOS and Windows.
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

    /// <summary>Whether this exact path is a mount point. The path must be absolute and without symbolic links.</summary>
    public static bool IsMountPoint(string path) => MountTable.Read().IsMountPoint(path);
}

/// <summary>The mounts in /proc/self/mountinfo. Empty on systems other than Linux.</summary>
internal sealed partial class MountTable
{
    private const string ProcFile = "/proc/self/mountinfo";

    private readonly List<Mount> _mounts = [];

    private MountTable(IEnumerable<string> lines)
    {
        // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw
        foreach (var fields in lines.Select(line => line.Split(' ')))
        {
            var separator = Array.IndexOf(fields, "-", 5);
            if (separator > 0 && separator + 1 < fields.Length && ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                _mounts.Add(new Mount(id, Unescape(fields[4]), fields[separator + 1]));
            }
        }
    }

    public static MountTable Read() => new(System.IO.File.Exists(ProcFile) ? System.IO.File.ReadLines(ProcFile) : []);

    public static MountTable Parse(string text) => new(text.Split('\n'));

    /// <param name="path">Absolute and without symbolic links, like the paths of the mount table.</param>
    public bool IsMountPoint(string path) => _mounts.Any(mount => mount.Point == path);

    /// <summary>The file system's type as Linux names it, for example "fuse.sshfs". Null if the id is not in the table.</summary>
    public string? TypeOf(ulong id) => _mounts.Find(mount => mount.Id == id)?.Type;

    // Spaces, tabs, line feeds and backslashes are escaped as octal numbers.
    private static string Unescape(string path) =>
        Octal().Replace(path, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();

    private sealed record Mount(ulong Id, string Point, string Type);
}
