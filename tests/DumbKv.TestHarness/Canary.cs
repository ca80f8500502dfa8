using System.Security.Cryptography;
using System.Text;

namespace DumbKv.TestHarness;

/// <summary>A random secret, and all forms in which it could occur.</summary>
/// <param name="name">The name to report instead of the secret.</param>
/// <param name="bytes">The secret.</param>
internal sealed class Canary(string name, byte[] bytes)
{
    public string Name { get; } = name;

    public byte[] Bytes { get; } = bytes;

    /// <summary>The secret as text, if it is a word.</summary>
    public string Text => Encoding.ASCII.GetString(Bytes);

    /// <summary>The word between characters that JSON, a URL, HTML and a log line each escape differently.</summary>
    public string Dressed => $"ä \"'\n{Text}\\ <&%+/=ö";

    /// <summary>Letters and digits, which are valid in a host name and in a header too.</summary>
    public static Canary Word(string name) => new(name, RandomNumberGenerator.GetItems<byte>("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8, 24));

    /// <summary>Random bytes, as in a pepper.</summary>
    public static Canary Random(string name) => new(name, RandomNumberGenerator.GetBytes(32));

    /// <summary>In Latin-1, one character for each byte. The search is case-insensitive.</summary>
    public IEnumerable<(string Form, string Text)> Forms()
    {
        var raw = Encoding.Latin1.GetString(Bytes);
        yield return ("raw", raw);
        yield return ("UTF-16LE", Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(raw)));
        yield return ("UTF-16BE", Encoding.Latin1.GetString(Encoding.BigEndianUnicode.GetBytes(raw)));
        yield return ("hex", Convert.ToHexString(Bytes));
        yield return ("percent-encoded", string.Concat(Bytes.Select(b => $"%{b:X2}")));
        yield return ("JSON-escaped", string.Concat(Bytes.Select(b => $"\\u00{b:X2}")));
        for (var offset = 0; offset < 3; offset++)
        {
            yield return ($"base64 at {offset}", Base64At(offset, Bytes));
            yield return ($"base64url at {offset}", Base64At(offset, Bytes).Replace('+', '-').Replace('/', '_'));
        }

        var hash = SHA256.HashData(Bytes);
        yield return ("SHA-256", Encoding.Latin1.GetString(hash));
        yield return ("SHA-256 in hex", Convert.ToHexString(hash));
        yield return ("SHA-256 in base64", Base64At(0, hash));
    }

    /// <summary>The characters that do not depend on the surrounding bytes, if the secret begins at this byte of three.</summary>
    private static string Base64At(int offset, byte[] bytes)
    {
        var text = Convert.ToBase64String([.. new byte[offset], .. bytes]);
        return text[((8 * offset + 5) / 6)..(8 * (offset + bytes.Length) / 6)];
    }
}
