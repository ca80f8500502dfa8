using System.Diagnostics;

namespace DumbKv.TestHarness;

/// <summary>A real mount, which is removed at the end of the test. If this user is not allowed to mount, the test is ignored.</summary>
public sealed class Mount : IAsyncDisposable
{
    private readonly string _target;

    private Mount(string target) => _target = target;

    /// <summary>Mounts the same file or folder under a second path.</summary>
    public static Task<Mount> BindAsync(string source, string target) => MountAsync(target, "mount", "--bind", source, target);

    /// <summary>Mounts a file system in memory.</summary>
    public static Task<Mount> InMemoryAsync(string target, string size) => MountAsync(target, "mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", target);

    /// <summary>Mounts a folder through FUSE, with the type fuse.<paramref name="type"/>.</summary>
    public static Task<Mount> FuseAsync(string source, string target, string type) => MountAsync(target, "bindfs", "-o", $"subtype={type}", source, target);

    public async ValueTask DisposeAsync()
    {
        // A process that was just killed may still have files open there.
        await Eventually.HoldsAsync(async () => await RunAsync("umount", _target) == 0, seconds: 20);
    }

    private static async Task<Mount> MountAsync(string target, params string[] command)
    {
        int exitCode;
        try
        {
            exitCode = await RunAsync(command);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            exitCode = -1; // The program is not installed.
        }

        if (exitCode != 0)
        {
            Assert.Ignore($"This user is not allowed to mount: {string.Join(' ', command)}");
        }

        return new Mount(target);
    }

    private static async Task<int> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
