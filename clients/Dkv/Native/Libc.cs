using System.Runtime.InteropServices;

namespace DumbKv.CommandLine.Native;

/// <summary>Functions of Unix that .NET does not have.</summary>
internal static unsafe partial class Libc
{
    public const int SigPipe = 13;

    private const int GetDescriptorFlags = 1; // `F_GETFD`
    private const int CloseOnExec = 1; // `FD_CLOEXEC`

    /// <summary>
    /// Whether the caller has opened the descriptor. If it was closed, the runtime may have opened a file of its own under this number,
    /// always with this flag.
    /// </summary>
    public static bool IsInherited(int descriptor) => OperatingSystem.IsWindows() || fcntl(descriptor, GetDescriptorFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    /// <summary>Until it gets `SIGCONT`.</summary>
    public static void StopThisProcess() => _ = kill(System.Environment.ProcessId, OperatingSystem.IsMacOS() ? 17 : 19); // `SIGSTOP`

    public static bool IsTerminal(int descriptor) => !OperatingSystem.IsWindows() && isatty(descriptor) == 1;

    /// <summary>The variables of this process, as bytes.</summary>
    public static byte** Environment => OperatingSystem.IsMacOS() ? *_NSGetEnviron()
        : NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "environ", out var address) ? *(byte***)address : null;

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int tcgetattr(int descriptor, byte* attributes);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int tcsetattr(int descriptor, int actions, byte* attributes);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int execve(byte* path, byte** arguments, byte** environment);

    /// <summary>Restores what a signal does by default.</summary>
    [LibraryImport("libc")]
    public static partial nint signal(int number, nint handler);

    [LibraryImport("libc")]
    private static partial byte*** _NSGetEnviron();

    // A third argument would need another calling convention on some processors.
    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [LibraryImport("libc")]
    public static partial int close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
