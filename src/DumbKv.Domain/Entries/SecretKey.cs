using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DumbKv.Domain.Entries;

/// <summary>The client's key. It is the secret of its entry, so it never prints itself.</summary>
public sealed class SecretKey
{
    /// <summary>Largest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 65_536;

    // Refuses lone surrogates instead of replacing them, because a replacement would make two different keys the same.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _utf8;

    private SecretKey(byte[] utf8) => _utf8 = utf8;

    /// <summary>The key's UTF-8 bytes, compared as they are: without normalization, trimming or case folding.</summary>
    internal ReadOnlySpan<byte> Bytes => _utf8;

    /// <summary>The key contains an end-to-end key, which a client must not send.</summary>
    public bool ContainsEndToEndKey => EndToEndKey.IsIn(_utf8);

    /// <summary>False if <paramref name="text"/> is empty, longer than <see cref="MaxBytes"/> or not well-formed Unicode.</summary>
    public static bool TryCreate([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SecretKey? key)
    {
        key = null;

        // A char takes at least one byte, so longer text is refused before it is encoded.
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
