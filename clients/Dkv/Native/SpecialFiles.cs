namespace DumbKv.CommandLine.Native;

/// <summary>Names of devices and pipes, which are not files of a user.</summary>
internal static class SpecialFiles
{
    public static bool IsOne(string path) =>
        !OperatingSystem.IsWindows() && (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal))
        && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);
}
