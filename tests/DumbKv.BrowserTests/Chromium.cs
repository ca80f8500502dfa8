using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

internal static class Chromium
{
    // The headless shell has no window to draw, so it is twice as fast.
    private static readonly string[] Places = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"];

    /// <summary>Where the servers listen.</summary>
    public const string LocalHost = "127.0.0.1";

    /// <summary>
    /// A name in the local network. Unlike localhost and 127.0.0.1 it is not a secure context over plain http: browsers send no
    /// Sec-Fetch-Site, and scripts cannot use the clipboard.
    /// </summary>
    public const string LanHost = "dumbkv.lan";

    /// <summary>Another name that resolves to the server: the name of an attacker's site.</summary>
    public const string EvilHost = "evil.lan";

    // The browser connects only to the test's server.
    private static readonly string[] Quiet =
    [
        $"--host-resolver-rules=MAP {LanHost} {LocalHost}, MAP {EvilHost} {LocalHost}",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-gpu", "--no-first-run",
    ];

    /// <summary>The browser that DUMBKV_CHROMIUM names, else the machine's own, else the one that Playwright installed.</summary>
    public static BrowserTypeLaunchOptions Options() => new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("DUMBKV_CHROMIUM") is { Length: > 0 } named ? named : Places.FirstOrDefault(File.Exists),
        // Chromium does not run as root with its sandbox.
        Args = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? [.. Quiet, "--no-sandbox"] : Quiet,
    };
}
