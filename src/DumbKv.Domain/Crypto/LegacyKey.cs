using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>
/// What the original server stored as a row's key: base64url of the first 32 characters of SHA-256 of the caller's key in
/// hex. These 32 characters are the row's Fernet key too, which is what was wrong with it; read as hex they are the
/// hashed key that format 1 starts from.
/// </summary>
/// <remarks>It opens the value, so it never prints itself. Dispose of it: that zeroes it.</remarks>
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

    /// <summary>Reads the original's key column; false for anything that it did not write.</summary>
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
