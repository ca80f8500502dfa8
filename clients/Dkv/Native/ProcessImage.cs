using System.Runtime.InteropServices;
using System.Text;

namespace DumbKv.CommandLine.Native;

/// <summary>Replaces this process by another program, with `execve`. Signals and the exit code need no passing on, and nothing stays behind.</summary>
internal static unsafe class ProcessImage
{
    private const int PermissionDenied = 13; // `EACCES`

    /// <summary>Returns only by an exception.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">The arguments. The first one is the name of the program.</param>
    /// <param name="variables">Added to the environment.</param>
    /// <param name="removed">The names of variables that the program does not get from this process.</param>
    public static int Replace(string path, string[] arguments, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> removed)
    {
        var argv = OriginalArguments(arguments.Length) ?? [.. arguments.Select(Encoding.UTF8.GetBytes)];
        var envp = InheritedEnvironment().Where(variable => NameOf(variable) is var name && !removed.Contains(name) && !variables.ContainsKey(name))
            .Concat(variables.Select(variable => Encoding.UTF8.GetBytes($"{variable.Key}={variable.Value}")));

        // .NET ignores `SIGPIPE`, and a new program would keep that.
        _ = Libc.signal(Libc.SigPipe, 0);
        var file = Terminated(Encoding.UTF8.GetBytes(path));
        _ = Libc.execve(file, Pointers(argv), Pointers(envp));

        var error = Marshal.GetLastPInvokeError();
        throw new CommandException(
            error == PermissionDenied ? "The program cannot be executed: access is denied." : $"The program cannot be executed: {Marshal.GetPInvokeErrorMessage(error)}.",
            ExitCodes.NotExecutable);
    }

    /// <summary>The arguments as bytes, because .NET replaces bytes that are not UTF-8.</summary>
    /// <param name="count">The last so many.</param>
    /// <returns>Null: only Linux has them.</returns>
    private static List<byte[]>? OriginalArguments(int count)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var all = SplitAtNul(File.ReadAllBytes("/proc/self/cmdline"));
        return all.Count >= count ? all[^count..] : null;
    }

    private static List<byte[]> InheritedEnvironment()
    {
        var variables = new List<byte[]>();
        for (var at = Libc.Environment; at is not null && *at is not null; at++)
        {
            variables.Add(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*at).ToArray());
        }

        return variables;
    }

    private static string NameOf(byte[] variable) => Encoding.UTF8.GetString(variable.AsSpan(..Math.Max(0, variable.AsSpan().IndexOf((byte)'='))));

    private static List<byte[]> SplitAtNul(ReadOnlySpan<byte> bytes)
    {
        var parts = new List<byte[]>();
        while (bytes.IndexOf((byte)0) is >= 0 and var end)
        {
            parts.Add(bytes[..end].ToArray());
            bytes = bytes[(end + 1)..];
        }

        return parts;
    }

    // The memory is released with the process.
    private static byte** Pointers(IEnumerable<byte[]> texts)
    {
        var all = texts.ToList();
        var pointers = (byte**)NativeMemory.AllocZeroed((nuint)all.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < all.Count; i++)
        {
            pointers[i] = Terminated(all[i]);
        }

        return pointers;
    }

    private static byte* Terminated(ReadOnlySpan<byte> text)
    {
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(copy, text.Length));
        return copy;
    }
}
