using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>
/// Opens the store key and entries by the definition of the format, with HMAC-SHA-256, SHA-256 and AES-256-GCM. It uses no class of the
/// product, so that a mistake in one of them is not made here too.
/// </summary>
internal static class FormatByDefinition
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>HKDF-Extract of RFC 5869.</summary>
    public static byte[] Extract(byte[] salt, byte[] ikm) => HMACSHA256.HashData(salt.Length == 0 ? new byte[32] : salt, ikm);

    /// <summary>HKDF-Expand of RFC 5869, for at most 32 bytes.</summary>
    public static byte[] Expand(byte[] prk, byte[] info, int length) => HMACSHA256.HashData(prk, (byte[])[.. info, 1])[..length];

    public static byte[] KekOf(byte[] pepper) => Expand(Extract([], pepper), Encoding.ASCII.GetBytes("DumbKV/1/pepper-kek"), 32);

    public static byte[] FingerprintOf(byte[] pepper) => Expand(Extract([], pepper), Encoding.ASCII.GetBytes("DumbKV/1/pepper"), 16);

    /// <summary>The store key. Null: another pepper wraps it.</summary>
    public static byte[]? Unwrap(byte[] wrapped, byte[] pepper) =>
        Decrypt(KekOf(pepper), wrapped[..NonceBytes], wrapped[NonceBytes..], Encoding.ASCII.GetBytes("DumbKV/1/store-key"));

    /// <summary>The store key in a row of the table store. Null: it does not open with this pepper.</summary>
    public static byte[]? StoreKeyOf(byte[]? storeKey, byte[]? storeKeyPepper, byte[]? earlierFingerprint, byte[]? pepper) => (storeKey, storeKeyPepper, pepper) switch
    {
        ({ } inClear, null, null) => inClear,
        ({ } wrapped, { }, { }) => Unwrap(wrapped, pepper),
        (null, null, null) when earlierFingerprint is null => [],
        (null, null, { }) when earlierFingerprint is { } made && made.AsSpan().SequenceEqual(FingerprintOf(pepper)) => pepper,
        _ => null,
    };

    public static byte[] HashedKeyOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key))[..16];

    public static byte[] PrkOf(byte[] storeKey, string key) => Extract(storeKey, HashedKeyOf(key));

    public static byte[] LookupOf(byte[] storeKey, int database, string key) =>
        Expand(PrkOf(storeKey, key), [.. Encoding.ASCII.GetBytes("DumbKV/1/lookup"), 0, .. BigEndian(database)], 32);

    public static byte[] ValueKeyOf(byte[] storeKey, int database, string key) =>
        Expand(PrkOf(storeKey, key), [.. Encoding.ASCII.GetBytes("DumbKV/1/value"), 0, .. BigEndian(database)], 32);

    public static byte[] AadOf(int database, byte[] lookup, long? expiresAt, int flags) => [1, .. BigEndian(database), .. lookup, .. BigEndian(expiresAt ?? 0), (byte)flags];

    /// <summary>The value of a row. Null: it does not open.</summary>
    public static byte[]? Open(byte[] storeKey, string key, int database, byte[] version, long? expiresAt, int flags, byte[] sealedValue) => Decrypt(
        ValueKeyOf(storeKey, database, key), version, sealedValue, AadOf(database, LookupOf(storeKey, database, key), expiresAt, flags));

    private static byte[]? Decrypt(byte[] key, byte[] nonce, byte[] encrypted, byte[] aad)
    {
        var opened = new byte[encrypted.Length - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(nonce, encrypted[..^TagBytes], encrypted[^TagBytes..], opened, aad);
            return opened;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] BigEndian(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] BigEndian(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
