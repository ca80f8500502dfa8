using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

internal static class Chromium
{
    // The headless shell has no window to draw: half the work.
    private static readonly string[] Places = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"];

    /// <summary>Where the servers listen.</summary>
    public const string LocalHost = "127.0.0.1";

    /// <summary>
    /// A name in the local network. Unlike localhost and 127.0.0.1 it is no secure context over plain http: browsers send no
    /// Sec-Fetch-Site there and scripts have no clipboard.
    /// </summary>
    public const string LanHost = "dumbkv.lan";

    /// <summary>Another name that leads to the server: that of an attacker's page.</summary>
    public const string EvilHost = "evil.lan";

    // It speaks to the test's server and to nobody else.
    private static readonly string[] Quiet =
    [
        $"--host-resolver-rules=MAP {LanHost} {LocalHost}, MAP {EvilHost} {LocalHost}",
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
