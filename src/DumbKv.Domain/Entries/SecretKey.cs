using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DumbKv.Domain.Entries;

/// <summary>The caller's key. It is the secret of its entry, so it never prints itself.</summary>
public sealed class SecretKey
{
    /// <summary>Largest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 65_536;

    // Refuses lone surrogates instead of replacing them: two different keys must never become one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _utf8;

    private SecretKey(byte[] utf8) => _utf8 = utf8;

    /// <summary>The key's UTF-8 bytes. They are compared as they are: no normal form, no trimming, no folding of case.</summary>
    internal ReadOnlySpan<byte> Bytes => _utf8;

    /// <summary>False where <paramref name="text"/> is empty, longer than <see cref="MaxBytes"/> or not well-formed Unicode.</summary>
    public static bool TryCreate([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SecretKey? key)
    {
        key = null;

        // A char takes at least one byte: no need to encode what cannot fit.
        if (string.IsNullOrEmpty(text) || text.Length > MaxBytes)
        {
            return false;
        }

        try
        {
            var utf8 = Utf8.GetBytes(text);
            key = utf8.Length <= MaxBytes ? new SecretKey(utf8) : null;
        }
        catch (EncoderFallbackException)
        {
        }

        return key is not null;
    }

    public override string ToString() => "[redacted]";
}
