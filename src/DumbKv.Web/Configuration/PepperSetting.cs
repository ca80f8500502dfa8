using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Configuration;

/// <summary>PEPPER, or the file that PEPPER_FILE names: base64 of 16 to 64 bytes. No message here repeats it.</summary>
internal static class PepperSetting
{
    /// <param name="configuration">The settings.</param>
    /// <param name="name">PEPPER or PEPPER_PREVIOUS. With _FILE it is the setting that names a file.</param>
    /// <exception cref="StartRefusedException">Not a pepper.</exception>
    public static Pepper? Read(IConfiguration configuration, string name)
    {
        var nameOfFile = name + "_FILE";
        return (configuration.Text(name), configuration.Text(nameOfFile)) switch
        {
            (null, null) => null,
            ({ }, { }) => throw StartRefusedException.ForSetting(name, $"is set, and {nameOfFile} is set too. Set one of them."),
            ({ } text, null) => Parse(name, text),
            (null, { } file) => ReadFile(nameOfFile, file),
        };
    }

    /// <exception cref="StartRefusedException">Not a pepper, or PEPPER is not set.</exception>
    public static Pepper? ReadPrevious(IConfiguration configuration)
    {
        var previous = Read(configuration, "PEPPER_PREVIOUS");
        return previous is not null && Read(configuration, "PEPPER") is null
            ? throw StartRefusedException.ForSetting("PEPPER_PREVIOUS", "is set, and PEPPER is not. Set PEPPER to the new pepper.")
            : previous;
    }

    /// <param name="name">The setting or the argument that names the file.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="StartRefusedException">Not a pepper.</exception>
    public static Pepper ReadFile(string name, string file)
    {
        try
        {
            return Parse(name, File.ReadAllText(file).Trim());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StartRefusedException.ForSetting(name, $"{file} cannot be read. Name a file that this user can read.");
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
