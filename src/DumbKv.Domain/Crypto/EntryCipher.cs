using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using DumbKv.Domain.Entries;

namespace DumbKv.Domain.Crypto;

/// <summary>Format 1: how a key becomes a row, and how its value is sealed there.</summary>
/// <remarks>
/// <code>
/// T        = SHA-256(key), first 16 bytes
/// PRK      = HKDF-Extract(salt = pepper or empty, ikm = T)                      RFC 5869, SHA-256
/// lookup   = HKDF-Expand(PRK, "DumbKV/1/lookup" 00 be32(database), 32)          stored: finds the row
/// valueKey = HKDF-Expand(PRK, "DumbKV/1/value"  00 be32(database), 32)          never stored
/// sealed   = AES-256-GCM(valueKey, version, value, aad)                         NIST SP 800-38D, 16-byte tag at the end
/// aad      = 01 ‖ be32(database) ‖ lookup ‖ be64(expiry in Unix ms, or 0) ‖ flags
/// </code>
/// Expiry and flags are authenticated, so a row that was moved, whose expiry was put off, or whose <c>once</c> was
/// taken off in the database does not open. Why T has 128 bits: docs/decisions/0002-format-1.md.
/// </remarks>
public sealed class EntryCipher(Pepper? pepper)
{
    /// <summary>Length of T, the hashed key, in bytes.</summary>
    public const int HashedKeyBytes = 16;

    /// <summary>How much longer a sealed value is than the value, in bytes.</summary>
    public const int TagBytes = 16;

    private const byte Format = 1;
    private const EntryFlags KnownFlags = EntryFlags.Once | EntryFlags.Binary;
    private const int AadBytes = 1 + sizeof(int) + EntryId.LookupBytes + sizeof(long) + 1;

    private static ReadOnlySpan<byte> LookupLabel => "DumbKV/1/lookup\0"u8;

    private static ReadOnlySpan<byte> ValueLabel => "DumbKV/1/value\0"u8;

    public EntryKeys Derive(int database, SecretKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key.Bytes, hash);

        var keys = Derive(database, hash[..HashedKeyBytes]);
        CryptographicOperations.ZeroMemory(hash);
        return keys;
    }

    /// <summary>For who has only the hashed key: rows taken over from the original server carry it.</summary>
    /// <param name="database">The entry's database.</param>
    /// <param name="hashedKey">T: <see cref="HashedKeyBytes"/> bytes.</param>
    public EntryKeys Derive(int database, ReadOnlySpan<byte> hashedKey)
    {
        Span<byte> prk = stackalloc byte[SHA256.HashSizeInBytes];
        var salt = pepper is null ? [] : pepper.Secret;
        HKDF.Extract(HashAlgorithmName.SHA256, hashedKey, salt, prk);

        var lookup = new byte[EntryId.LookupBytes];
        var valueKey = new byte[32];
        Expand(prk, LookupLabel, database, lookup);
        Expand(prk, ValueLabel, database, valueKey);
        CryptographicOperations.ZeroMemory(prk);

        return new EntryKeys(new EntryId(database, lookup), valueKey);
    }

    /// <summary>The row that stores <paramref name="value"/> under a new version.</summary>
    public static Entry Seal(EntryKeys keys, ReadOnlySpan<byte> value, DateTimeOffset? expiresAt, EntryFlags flags) =>
        Seal(keys, value, expiresAt?.ToUnixTimeMilliseconds(), flags, EntryVersion.New());

    /// <summary>Only for <see cref="Seal(EntryKeys, ReadOnlySpan{byte}, DateTimeOffset?, EntryFlags)"/> and worked examples: a version is never used twice.</summary>
    internal static Entry Seal(EntryKeys keys, ReadOnlySpan<byte> value, long? expiresAt, EntryFlags flags, EntryVersion version)
    {
        Span<byte> aad = stackalloc byte[AadBytes];
        WriteAad(aad, keys.Id, expiresAt, flags);

        var sealedValue = new byte[value.Length + TagBytes];
        using var aes = new AesGcm(keys.ValueKey, TagBytes);
        aes.Encrypt(version.ToBytes(), value, sealedValue.AsSpan(0, value.Length), sealedValue.AsSpan(value.Length), aad);

        return new Entry
        {
            Database = keys.Id.Database,
            Lookup = keys.Id.Lookup,
            Version = version.ToBytes(),
            ExpiresAt = expiresAt,
            Flags = flags,
            Sealed = sealedValue,
        };
    }

    /// <summary>
    /// The value of a row; false where it does not open: its row was altered or moved, or it was not sealed with
    /// these keys.
    /// </summary>
    public static bool TryOpen(EntryKeys keys, Entry entry, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;

        if (entry.Version.Length != EntryVersion.Length || entry.Sealed.Length < TagBytes || (entry.Flags & ~KnownFlags) != 0)
        {
            return false;
        }

        // Built from the id that was asked for, not from the row's own: a row that stands in another's place fails.
        Span<byte> aad = stackalloc byte[AadBytes];
        WriteAad(aad, keys.Id, entry.ExpiresAt, entry.Flags);

        var length = entry.Sealed.Length - TagBytes;
        var opened = new byte[length];
        using var aes = new AesGcm(keys.ValueKey, TagBytes);
        try
        {
            aes.Decrypt(entry.Version, entry.Sealed.AsSpan(0, length), entry.Sealed.AsSpan(length), opened, aad);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        value = opened;
        return true;
    }

    private static void Expand(ReadOnlySpan<byte> prk, ReadOnlySpan<byte> label, int database, Span<byte> output)
    {
        Span<byte> info = stackalloc byte[label.Length + sizeof(int)];
        label.CopyTo(info);
        BinaryPrimitives.WriteInt32BigEndian(info[label.Length..], database);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, output, info);
    }

    private static void WriteAad(Span<byte> aad, EntryId id, long? expiresAt, EntryFlags flags)
    {
        aad[0] = Format;
        BinaryPrimitives.WriteInt32BigEndian(aad[1..], id.Database);
        id.Lookup.CopyTo(aad[5..]);
        BinaryPrimitives.WriteInt64BigEndian(aad[(5 + EntryId.LookupBytes)..], expiresAt ?? 0);
        aad[^1] = (byte)flags;
    }
}
