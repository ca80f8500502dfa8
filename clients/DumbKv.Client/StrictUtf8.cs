using System.Text;

namespace DumbKv.Client;

/// <summary>UTF-8 that refuses lone surrogates instead of replacing them.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text has a lone surrogate. The message does not repeat the text.</exception>
    public static byte[] GetBytes(string text, string what, string parameter)
    {
        try
        {
            return Encoding.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            // The exception of the encoder names the character and its place.
            throw new ArgumentException($"{what} must be well-formed Unicode, without lone surrogates.", parameter);
        }
    }

    /// <returns>The size in bytes. Null if the text has a lone surrogate.</returns>
    public static int? GetByteCount(ReadOnlySpan<char> text)
    {
        try
        {
            return Encoding.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
