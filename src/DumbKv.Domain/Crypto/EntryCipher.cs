using System.Buffers.Binary;
using System.Security.Cryptography;
using DumbKv.Domain.Entries;

namespace DumbKv.Domain.Crypto;

/// <summary>Format 1: how an entry's row and the encryption of its value are derived from its key.</summary>
/// <remarks>
/// <code>
/// T        = SHA-256(key), first 16 bytes
/// PRK      = HKDF-Extract(salt = store key, ikm = T)                            RFC 5869, SHA-256
/// lookup   = HKDF-Expand(PRK, "DumbKV/1/lookup" 00 be32(database), 32)          stored: finds the row
/// valueKey = HKDF-Expand(PRK, "DumbKV/1/value"  00 be32(database), 32)          never stored
/// sealed   = AES-256-GCM(valueKey, version, value, aad)                         NIST SP 800-38D, 16-byte tag at the end
/// aad      = 01 ‖ be32(database) ‖ lookup ‖ be64(expiry in Unix ms, or 0) ‖ flags
/// </code>
/// A receipt has the flag <see cref="EntryFlags.Receipt"/> alone, the version that was read as its value, and the negative time of the
/// read as its expiry.
/// Expiry and flags are authenticated. A row that was moved, or whose expiry or <c>once</c> flag was changed in the
/// database, does not open. Why T has 128 bits: docs/decisions/0002-format-1.md.
/// </remarks>
public sealed class EntryCipher
{
    /// <summary>Length of T, the hashed key, in bytes.</summary>
    public const int HashedKeyBytes = 16;

    /// <summary>Difference between the length of a sealed value and the length of the value, in bytes.</summary>
    public const int TagBytes = 16;

    private const byte Format = 1;
    private const int AadBytes = 1 + sizeof(int) + EntryId.LookupBytes + sizeof(long) + 1;

    private volatile StoreKey? _storeKey;

    /// <param name="storeKey">Null: <see cref="Use"/> sets it later.</param>
    public EntryCipher(StoreKey? storeKey = null) => _storeKey = storeKey;

    private static ReadOnlySpan<byte> LookupLabel => "DumbKV/1/lookup\0"u8;

    private static ReadOnlySpan<byte> ValueLabel => "DumbKV/1/value\0"u8;

    /// <summary>Sets the key of the store, which is known when the store is open.</summary>
    public void Use(StoreKey storeKey) => _storeKey = storeKey;

    /// <exception cref="InvalidOperationException">The store is not open yet.</exception>
    public EntryKeys Derive(int database, SecretKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key.Bytes, hash);

        var keys = Derive(database, hash[..HashedKeyBytes]);
        CryptographicOperations.ZeroMemory(hash);
        return keys;
    }

    /// <summary>Derives the keys from a hashed key. Rows imported from the original server have no other.</summary>
    /// <param name="database">The entry's database.</param>
    /// <param name="hashedKey">T: <see cref="HashedKeyBytes"/> bytes.</param>
    /// <exception cref="InvalidOperationException">The store is not open yet.</exception>
    public EntryKeys Derive(int database, ReadOnlySpan<byte> hashedKey)
    {
        Span<byte> prk = stackalloc byte[SHA256.HashSizeInBytes];
        var storeKey = _storeKey ?? throw new InvalidOperationException("The store key is not known yet.");
        storeKey.Extract(hashedKey, prk);

        var lookup = new byte[EntryId.LookupBytes];
        var valueKey = new byte[SHA256.HashSizeInBytes];
        using (var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, prk))
        {
            Expand(hmac, LookupLabel, database, lookup);
            Expand(hmac, ValueLabel, database, valueKey);
        }

        CryptographicOperations.ZeroMemory(prk);

        return new EntryKeys(new EntryId(database, lookup), valueKey);
    }

    /// <summary>Encrypts <paramref name="value"/> into a row with a new version.</summary>
    public static Entry Seal(EntryKeys keys, ReadOnlySpan<byte> value, DateTimeOffset? expiresAt, EntryFlags flags) =>
        Seal(keys, value, expiresAt?.ToUnixTimeMilliseconds(), flags, EntryVersion.New());

    /// <summary>The row that replaces a read-once entry when it is read.</summary>
    /// <param name="keys">The keys of the entry.</param>
    /// <param name="read">The version of the entry that is read.</param>
    /// <param name="readAt">The time of the read.</param>
    public static Entry SealReceipt(EntryKeys keys, EntryVersion read, DateTimeOffset readAt) =>
        Seal(keys, read.ToBytes(), -readAt.ToUnixTimeMilliseconds(), EntryFlags.Receipt, EntryVersion.New());

    /// <summary>For <see cref="Seal(EntryKeys, ReadOnlySpan{byte}, DateTimeOffset?, EntryFlags)"/> and test vectors only. Never use a version twice.</summary>
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
    /// Decrypts the value of a row in place: with a second buffer, only 0.7 times as many values of 1 MiB are read (docs/performance.md).
    /// <see cref="Entry.Sealed"/> is overwritten. False if the row was altered or moved, or was not sealed with these keys.
    /// </summary>
    public static bool TryOpenInPlace(EntryKeys keys, Entry entry, out ReadOnlyMemory<byte> value)
    {
        value = default;

        if (!entry.IsWellFormed)
        {
            return false;
        }

        // Uses the requested id and not the row's own, so that a row that was moved does not open.
        Span<byte> aad = stackalloc byte[AadBytes];
        WriteAad(aad, keys.Id, entry.ExpiresAt, entry.Flags);

        var text = entry.Sealed.AsMemory(0, entry.Sealed.Length - TagBytes);
        using var aes = new AesGcm(keys.ValueKey, TagBytes);
        try
        {
            aes.Decrypt(entry.Version, text.Span, entry.Sealed.AsSpan(text.Length), text.Span, aad);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        value = text;
        return true;
    }

    /// <summary>
    /// HKDF-Expand for one block of output, which is one HMAC (RFC 5869, section 2.3). Both outputs share the keyed HMAC:
    /// two calls of HKDF.Expand take 1.6 times as long.
    /// </summary>
    private static void Expand(IncrementalHash hmac, ReadOnlySpan<byte> label, int database, Span<byte> output)
    {
        const byte FirstBlock = 1;
        Span<byte> info = stackalloc byte[label.Length + sizeof(int) + 1];
        label.CopyTo(info);
        BinaryPrimitives.WriteInt32BigEndian(info[label.Length..], database);
        info[^1] = FirstBlock;
        hmac.AppendData(info);
        hmac.GetHashAndReset(output);
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
