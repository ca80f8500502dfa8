using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Secrets;

/// <summary>The value to store: bytes exactly as they are.</summary>
internal static class ValueInput
{
    private const int FirstBytes = 65_536;

    /// <param name="path">The file. Null or "-": standard input.</param>
    /// <param name="maxBytes">The size of the largest value.</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(string? path, int maxBytes, CancellationToken cancellationToken)
    {
        if (path is null or SecretFile.Dash)
        {
            var input = StandardInput.Open("value");
            if (OperatingSystem.IsWindows() ? !Console.IsInputRedirected : Libc.IsTerminal(0))
            {
                Messages.Write("Type the value. End it with Ctrl-D on a line of its own.");
            }

            return await Task.Run(() => ReadAll(input, FirstBytes, maxBytes), CancellationToken.None).WaitAsync(cancellationToken);
        }

        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

            // One more byte than the file has shows its end.
            var expected = file.CanSeek && file.Length > 0 ? (int)Math.Min(file.Length, maxBytes) + 1 : FirstBytes;
            return await Task.Run(() => ReadAll(file, expected, maxBytes), CancellationToken.None).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"{path} cannot be read: {(Directory.Exists(path) ? "it is a directory." : Reasons.Of(exception))}");
        }
    }

    private static ReadOnlyMemory<byte> ReadAll(Stream stream, int expectedBytes, int maxBytes)
    {
        var bytes = new byte[Math.Min(expectedBytes, maxBytes + 1)];
        var length = 0;
        while (stream.Read(bytes, length, bytes.Length - length) is > 0 and var read)
        {
            length += read;
            if (length > maxBytes)
            {
                throw new CommandException($"The value is larger than {maxBytes:N0} bytes, the maximum.");
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, maxBytes + 1L));
            }
        }

        return bytes.AsMemory(0, length);
    }
}
