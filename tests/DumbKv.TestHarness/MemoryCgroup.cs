using System.Globalization;

namespace DumbKv.TestHarness;

/// <summary>A memory limit of the kernel for one process, as a container has it. Below the test's own group, and empty when it is disposed.</summary>
public sealed class MemoryCgroup : IDisposable
{
    private static readonly string? Parent = FindParent();

    private readonly string _folder;

    private MemoryCgroup(string folder) => _folder = folder;

    /// <summary>Null where this user cannot make groups.</summary>
    public static MemoryCgroup? TryCreate(long bytes)
    {
        if (Parent is null)
        {
            return null;
        }

        var folder = Path.Combine(Parent, $"dumbkv-test-{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(folder);
            var group = new MemoryCgroup(folder);
            group.SetLimit(bytes);
            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            return null;
        }
    }

    /// <summary>Runs a program in the group.</summary>
    public string[] Wrapper => ["sh", "-c", $"echo $$ > '{_folder}/cgroup.procs' && exec \"$@\"", "sh"];

    // The directory of a group contains files. The kernel removes it although it is not empty.
    public void Dispose() => Directory.Delete(_folder, recursive: false);

    private void SetLimit(long bytes) =>
        File.WriteAllText(Path.Combine(_folder, IsVersion2 ? "memory.max" : "memory.limit_in_bytes"), bytes.ToString(CultureInfo.InvariantCulture));

    private static bool IsVersion2 => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    private static string? FindParent()
    {
        if (!File.Exists("/proc/self/cgroup"))
        {
            return null;
        }

        foreach (var line in File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)))
        {
            if (IsVersion2 && line[0] == "0")
            {
                return $"/sys/fs/cgroup{line[2]}";
            }

            if (line[1].Split(',').Contains("memory"))
            {
                return $"/sys/fs/cgroup/memory{line[2]}";
            }
        }

        return null;
    }
}
