using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>Decrypts values of the original server. This program never writes this format.</summary>
/// <remarks>
/// A Fernet token is base64url of: version 0x80, 8 bytes of time, 16 of IV, AES-128-CBC with PKCS7 padding, and
/// HMAC-SHA256 of all of these. The first 16 bytes of its key sign, the last 16 encrypt. The time is not checked.
/// </remarks>
public static class FernetToken
{
    private const byte Version = 0x80;
    private const int IvFrom = 1 + 8;
    private const int CiphertextFrom = IvFrom + 16;

    /// <summary>False if it is not a token, was altered, or was made with another key.</summary>
    public static bool TryOpen(string token, LegacyKey key, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;

        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done
            || length < CiphertextFrom + 16 + HMACSHA256.HashSizeInBytes
            || bytes[0] != Version)
        {
            return false;
        }

        var signed = bytes.AsSpan(0, length - HMACSHA256.HashSizeInBytes);
        var signature = bytes.AsSpan(signed.Length, HMACSHA256.HashSizeInBytes);
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key.Signing, signed), signature))
        {
            return false;
        }

        try
        {
            using var aes = Aes.Create();
            aes.SetKey(key.Encryption);
            value = aes.DecryptCbc(signed[CiphertextFrom..], signed[IvFrom..CiphertextFrom], PaddingMode.PKCS7);
            return true;
        }
        catch (CryptographicException)
        {
            // The signature is right, but the ciphertext has no whole blocks or no valid padding.
            return false;
        }
    }
}
