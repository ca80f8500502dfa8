using System.Globalization;
using System.Text.RegularExpressions;

namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>What is mounted where, as /proc/self/mountinfo says. Empty on other systems than Linux.</summary>
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

    /// <param name="path">Absolute and without symbolic links, as the mount table's own paths are.</param>
    public bool IsMountPoint(string path) => _mounts.Any(mount => mount.Point == path);

    /// <summary>The file system's type as Linux names it, "fuse.sshfs" for one; null where the id is not in the table.</summary>
    public string? TypeOf(ulong id) => _mounts.Find(mount => mount.Id == id)?.Type;

    // A space, a tab, a line feed and a backslash are written as octal numbers.
    private static string Unescape(string path) =>
        Octal().Replace(path, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();

    private sealed record Mount(ulong Id, string Point, string Type);
}
