using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DumbKv.UnitTests.Domain;

/// <summary>Writes keys and tokens like the original server. <see cref="FernetTokenTests"/> has a token that the original wrote itself.</summary>
internal static class OriginalServer
{
    /// <summary>The key column for a client's key.</summary>
    public static string ColumnOf(string key) => Base64Url.EncodeToString(CharactersOf(key)) + "=";

    public static string TokenOf(string key, ReadOnlySpan<byte> value)
    {
        using var aes = Aes.Create();
        aes.SetKey(CharactersOf(key).AsSpan(16));
        byte[] iv = [.. Enumerable.Range(0, 16).Select(number => (byte)number)];
        return SignedTokenOf(key, 0x80, [.. iv, .. aes.EncryptCbc(value, iv)]);
    }

    /// <param name="key">The client's key.</param>
    /// <param name="version">The first byte.</param>
    /// <param name="body">The IV and the ciphertext. They can be invalid.</param>
    public static string SignedTokenOf(string key, byte version, byte[] body)
    {
        byte[] signed = [version, .. new byte[8], .. body];
        return Base64Url.EncodeToString([.. signed, .. HMACSHA256.HashData(CharactersOf(key).AsSpan(0, 16), signed)]);
    }

    private static byte[] CharactersOf(string key) =>
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]);
}
