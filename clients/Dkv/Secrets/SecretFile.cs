using System.Globalization;
using System.Text;
using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Secrets;

/// <summary>A key, a passphrase, a token or a link from a file. "-" is standard input, and /dev/fd/3 a pipe of the caller.</summary>
internal static class SecretFile
{
    public const string Dash = "-";

    private const int MaxBytes = 66_000; // A plain key has at most 65,536.

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="path">The file.</param>
    /// <param name="what">For messages: "key", "passphrase", "token".</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    /// <returns>The text without one final line break.</returns>
    public static async Task<string> ReadAsync(string path, string what, CancellationToken cancellationToken)
    {
        byte[] bytes;
        if (path == Dash)
        {
            bytes = await Task.Run(() => ReadAll(StandardInput.Open(what), what), CancellationToken.None).WaitAsync(cancellationToken);
        }
        else
        {
            try
            {
                WarnIfReadableByOthers(path, what);
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                bytes = await Task.Run(() => ReadAll(file, what), CancellationToken.None).WaitAsync(cancellationToken);
                CloseDescriptor(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw CommandException.Usage($"The {what} cannot be read from {path}: {Reasons.Of(exception)}");
            }
        }

        var end = bytes.AsSpan().EndsWith("\r\n"u8) ? 2 : bytes.AsSpan().EndsWith("\n"u8) ? 1 : 0;
        try
        {
            return Utf8.GetString(bytes.AsSpan(..^end));
        }
        catch (DecoderFallbackException)
        {
            throw CommandException.Usage($"The {what} in {NameOf(path)} is not UTF-8.");
        }
    }

    public static string NameOf(string path) => path == Dash ? "standard input" : path;

    private static byte[] ReadAll(Stream stream, string what)
    {
        var bytes = new byte[MaxBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= MaxBytes ? bytes[..length] : throw CommandException.Usage($"The file is too large for a {what}.");
    }

    private static void WarnIfReadableByOthers(string path, string what)
    {
        if (!OperatingSystem.IsWindows() && !SpecialFiles.IsOne(path) && File.Exists(path) && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
        {
            Messages.Warn($"Other users can read the {what} in {path}. Run: chmod 600 {path}");
        }
    }

    /// <summary>A program that <c>dkv run</c> starts does not get the pipe or the open file of a secret.</summary>
    private static void CloseDescriptor(string path)
    {
        const string Prefix = "/dev/fd/";
        if (!OperatingSystem.IsWindows() && path.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(path[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor > 2)
        {
            _ = Libc.close(descriptor);
        }
    }
}
