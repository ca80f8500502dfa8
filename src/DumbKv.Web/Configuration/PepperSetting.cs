using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Configuration;

/// <summary>PEPPER, or the file that PEPPER_FILE names: base64 of 16 to 64 bytes. No message here repeats it.</summary>
internal static class PepperSetting
{
    /// <exception cref="StartRefusedException">Not a pepper.</exception>
    public static Pepper? Read(string? text, string? file) => (text, file) switch
    {
        (null, null) => null,
        ({ }, { }) => throw StartRefusedException.ForSetting("PEPPER", "is set, and PEPPER_FILE is set too. Set one of them."),
        ({ }, null) => Parse("PEPPER", text),
        (null, { }) => Parse("PEPPER_FILE", ReadFile(file)),
    };

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StartRefusedException.ForSetting("PEPPER_FILE", $"{file} cannot be read. Name a file that this user can read.");
        }
    }

    private static Pepper Parse(string name, string text)
    {
        var secret = new byte[text.Length];

        if (!Convert.TryFromBase64String(text, secret, out var length) || length is < Pepper.MinBytes or > Pepper.MaxBytes)
        {
            throw StartRefusedException.ForSetting(
                name, $"must be base64 of {Pepper.MinBytes} to {Pepper.MaxBytes} bytes. Make one with: openssl rand -base64 32");
        }

        // HMAC pads its key with zeros, so a pepper of zeros equals no pepper.
        return secret.AsSpan(1, length - 1).ContainsAnyExcept(secret[0])
            ? new Pepper(secret[..length])
            : throw StartRefusedException.ForSetting(name, "must be random, and all its bytes are the same. Make one with: openssl rand -base64 32");
    }
}
