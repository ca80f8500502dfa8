using System.Runtime.InteropServices;
using System.Text;
using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;
using Microsoft.Win32.SafeHandles;

namespace DumbKv.CommandLine.Terminals;

/// <summary>The terminal of the user. Standard input and output can be something else.</summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>A terminal cuts a longer line without a sign: 4,096 bytes with the line break on Linux, 1,024 on macOS.</summary>
    private static readonly int MaxLineBytes = (OperatingSystem.IsMacOS() ? 1_024 : 4_096) - 2;

    private readonly FileStream? _unix; // Null on Windows.

    private Terminal(FileStream? unix) => _unix = unix;

    /// <returns>Null if the process has no terminal, for example in a cron job.</returns>
    public static Terminal? TryOpen()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.IsInputRedirected || Console.IsErrorRedirected ? null : new Terminal(unix: null);
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return new Terminal(new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            handle?.Dispose();
            return null;
        }
    }

    public void Write(string text)
    {
        if (_unix is null)
        {
            StandardStream.Error.Write(text);
        }
        else
        {
            _unix.Write(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <returns>Null at the end of the input: Ctrl-D.</returns>
    public Task<string?> ReadLineAsync(string prompt, CancellationToken cancellationToken)
    {
        Write(prompt);
        return ReadLineAsync(cancellationToken);
    }

    /// <summary>Reads a line that is not shown.</summary>
    public async Task<string?> ReadHiddenLineAsync(string prompt, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Write(prompt);
            return await Task.Run(ReadHiddenOnWindows, CancellationToken.None).WaitAsync(cancellationToken);
        }

        var mode = UnixTerminalMode.Of(_unix!.SafeFileHandle) ?? throw new CommandException("The terminal does not say whether it shows what you type.");

        // Whatever ends or stops the process, the terminal shows again what is typed.
        PosixSignal[] ends = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        var signals = ends.Select(signal => PosixSignalRegistration.Create(signal, _ => mode.Restore()))
            .Append(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => Stop(mode)))
            .Append(PosixSignalRegistration.Create(PosixSignal.SIGCONT, context => Continue(mode, context)))
            .ToList();
        try
        {
            // Hidden before the prompt is there, so that nothing is shown that is typed at once.
            mode.HideInput();
            return await ReadLineAsync(prompt, cancellationToken);
        }
        finally
        {
            mode.Restore();
            Write("\n");
            signals.ForEach(signal => signal.Dispose());
        }
    }

    public void Dispose() => _unix?.Dispose();

    /// <summary>Ctrl-Z. .NET does not stop a process that handles the signal.</summary>
    private static void Stop(UnixTerminalMode mode)
    {
        mode.Restore();
        Libc.StopThisProcess();
    }

    /// <summary>After Ctrl-Z. If this handler left the signal to .NET, that would show the input.</summary>
    private static void Continue(UnixTerminalMode mode, PosixSignalContext context)
    {
        context.Cancel = true;
        mode.HideInput();
    }

    /// <summary>The read cannot be cancelled. If the wait is cancelled, the process ends soon.</summary>
    private Task<string?> ReadLineAsync(CancellationToken cancellationToken) => _unix is null
        ? Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken)
        : Task.Run(() => ReadLine(_unix), CancellationToken.None).WaitAsync(cancellationToken);

    private static string? ReadLine(FileStream terminal)
    {
        var line = new List<byte>();
        var read = new byte[1];
        while (terminal.Read(read) == 1)
        {
            if (read[0] == '\n')
            {
                if (line.Count > MaxLineBytes)
                {
                    throw new CommandException("The line is longer than a terminal can take. Use a file or standard input.");
                }

                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(read[0]);
        }

        return line.Count == 0 ? null : Encoding.UTF8.GetString([.. line]);
    }

    private static string? ReadHiddenOnWindows()
    {
        var line = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                line.Length = Math.Max(0, line.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                line.Append(key.KeyChar);
            }
        }

        StandardStream.Error.Write("\n");
        return line.ToString();
    }
}
