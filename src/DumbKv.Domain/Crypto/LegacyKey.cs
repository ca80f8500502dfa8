using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>
/// The key column of the original server: base64url of the first 32 characters of the hexadecimal SHA-256 of the client's key.
/// These 32 characters are also the row's Fernet key, which is the flaw of that format. Read as hexadecimal they are the
/// hashed key that format 1 starts from.
/// </summary>
/// <remarks>It decrypts the value, so it never prints itself. Dispose it: that zeroes it.</remarks>
public sealed class LegacyKey : IDisposable
{
    private const int Length = 2 * EntryCipher.HashedKeyBytes;

    private readonly byte[] _characters;

    private LegacyKey(byte[] characters, byte[] hashedKey)
    {
        _characters = characters;
        HashedKey = hashedKey;
    }

    /// <summary>T of format 1.</summary>
    public byte[] HashedKey { get; }

    internal ReadOnlySpan<byte> Signing => _characters.AsSpan(0, Length / 2);

    internal ReadOnlySpan<byte> Encryption => _characters.AsSpan(Length / 2);

    /// <summary>Parses the original's key column. False for anything that the original did not write.</summary>
    public static bool TryParse(string column, [NotNullWhen(true)] out LegacyKey? key)
    {
        key = null;

        var characters = new byte[Base64Url.GetMaxDecodedLength(column.Length)];
        if (Base64Url.DecodeFromChars(column, characters, out _, out var length) != OperationStatus.Done || length != Length)
        {
            return false;
        }

        var hashedKey = new byte[EntryCipher.HashedKeyBytes];
        if (characters.AsSpan(0, Length).ContainsAnyInRange((byte)'A', (byte)'F')
            || Convert.FromHexString(characters.AsSpan(0, Length), hashedKey, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        key = new LegacyKey(characters[..Length], hashedKey);
        return true;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_characters);
        CryptographicOperations.ZeroMemory(HashedKey);
    }

    public override string ToString() => "[redacted]";
}
