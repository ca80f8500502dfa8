using System.Diagnostics;

namespace DumbKv.TestHarness;

/// <summary>A real mount, which ends with its test. Where this user may not mount it, the test is ignored.</summary>
public sealed class Mount : IAsyncDisposable
{
    private readonly string _target;

    private Mount(string target) => _target = target;

    /// <summary>The same file or folder under a second path.</summary>
    public static Task<Mount> BindAsync(string source, string target) => MountAsync(target, "mount", "--bind", source, target);

    /// <summary>A file system in memory.</summary>
    public static Task<Mount> InMemoryAsync(string target, string size) => MountAsync(target, "mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", target);

    /// <summary>A folder through FUSE, which names itself fuse.<paramref name="type"/>.</summary>
    public static Task<Mount> FuseAsync(string source, string target, string type) => MountAsync(target, "bindfs", "-o", $"subtype={type}", source, target);

    public async ValueTask DisposeAsync()
    {
        // A process that was killed a moment ago may still hold files there.
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
            exitCode = -1; // There is no such program here.
        }

        if (exitCode != 0)
        {
            Assert.Ignore($"This user may not mount here: {string.Join(' ', command)}");
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
