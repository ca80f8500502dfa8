using System.Runtime.InteropServices;
using System.Text;
using DumbKv.CommandLine.Native;

namespace DumbKv.CommandLine.Output;

/// <summary>
/// Writes to standard output and standard error. Unlike Console, it says when the reader has closed the pipe, and sends no control
/// codes to a terminal: Console switches the keypad at the first write.
/// </summary>
internal sealed class StandardStream
{
    private const int Interrupted = 4; // `EINTR`
    private const int BrokenPipe = 32; // `EPIPE`
    private const short Writable = 4; // `POLLOUT`

    private static readonly int TryAgain = OperatingSystem.IsMacOS() ? 35 : 11; // `EAGAIN`

    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    public static StandardStream Output { get; } = new(1);

    public static StandardStream Error { get; } = new(2);

    public bool IsTerminal => OperatingSystem.IsWindows() ? !(this == Output ? Console.IsOutputRedirected : Console.IsErrorRedirected) : Libc.IsTerminal(_descriptor);

    private string Name => this == Output ? "output" : "error";

    public void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <exception cref="PipeClosedException">The reader has closed the pipe.</exception>
    public unsafe void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            ThrowIfClosed();
        }

        if (OperatingSystem.IsWindows())
        {
            using var stream = this == Output ? Console.OpenStandardOutput() : Console.OpenStandardError();
            stream.Write(bytes);
            return;
        }

        fixed (byte* start = bytes)
        {
            for (nint written = 0; written < bytes.Length;)
            {
                var count = Libc.write(_descriptor, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                {
                    written += count;
                }
                else
                {
                    Recover(Marshal.GetLastPInvokeError());
                }
            }
        }
    }

    /// <summary>Call it before a value is read that has no other place.</summary>
    public void ThrowIfClosed()
    {
        if (!Libc.IsInherited(_descriptor))
        {
            throw new CommandException($"Standard {Name} is closed.");
        }
    }

    private unsafe void Recover(int error)
    {
        if (error == TryAgain)
        {
            // The caller has made the pipe non-blocking.
            var output = new Libc.PollDescriptor { Descriptor = _descriptor, Events = Writable };
            _ = Libc.poll(&output, 1, -1);
        }
        else if (error == BrokenPipe)
        {
            throw new PipeClosedException();
        }
        else if (error != Interrupted)
        {
            throw new CommandException($"Standard {Name} cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }
}

/// <summary>The reader of a pipe has closed it. The command ends as any filter does, without a message.</summary>
internal sealed class PipeClosedException : Exception;
