using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

internal static class Chromium
{
    // The headless shell has no window to draw: half the work.
    private static readonly string[] Places = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"];

    // It speaks to the test's server and to nobody else.
    private static readonly string[] Quiet =
    [
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-gpu", "--no-first-run",
    ];

    /// <summary>DUMBKV_CHROMIUM, else the machine's own, else the one that Playwright has installed.</summary>
    public static BrowserTypeLaunchOptions Options() => new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("DUMBKV_CHROMIUM") is { Length: > 0 } named ? named : Places.FirstOrDefault(File.Exists),
        // Chromium refuses to run as root with its sandbox.
        Args = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? [.. Quiet, "--no-sandbox"] : Quiet,
    };
}
