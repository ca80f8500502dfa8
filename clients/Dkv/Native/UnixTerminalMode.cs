using System.Runtime.InteropServices;

namespace DumbKv.CommandLine.Native;

/// <summary>Turns the echo of a terminal off and on.</summary>
internal sealed unsafe class UnixTerminalMode
{
    // The start of `struct termios`: four flags of the C type `tcflag_t`, of which the last one is `c_lflag`.
    private static readonly int LocalFlags = OperatingSystem.IsMacOS() ? 3 * sizeof(ulong) : 3 * sizeof(uint);

    private const byte Echo = 0x08; // On Linux and on macOS.
    private const int Now = 0; // `TCSANOW`
    private const int MaxSize = 256; // `struct termios` has 60 bytes on Linux and 72 on macOS.

    private readonly int _descriptor;
    private readonly byte[] _original = new byte[MaxSize];

    private UnixTerminalMode(int descriptor) => _descriptor = descriptor;

    /// <returns>Null if it is not a terminal.</returns>
    public static UnixTerminalMode? Of(SafeHandle terminal)
    {
        var mode = new UnixTerminalMode((int)terminal.DangerousGetHandle());
        fixed (byte* attributes = mode._original)
        {
            return Libc.tcgetattr(mode._descriptor, attributes) == 0 ? mode : null;
        }
    }

    public void HideInput()
    {
        var hidden = (byte[])_original.Clone();
        hidden[LocalFlags] &= unchecked((byte)~Echo); // The processors of both are little-endian.
        Apply(hidden);
    }

    public void Restore() => Apply(_original);

    private void Apply(byte[] mode)
    {
        fixed (byte* attributes = mode)
        {
            _ = Libc.tcsetattr(_descriptor, Now, attributes);
        }
    }
}
