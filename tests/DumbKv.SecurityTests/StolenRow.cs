using System.Buffers.Binary;
using System.Security.Cryptography;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.SecurityTests;

/// <summary>A row in an attacker's hands. The attempts follow docs/decisions/0002-format-1.md and not the product's code, because an attacker need not run it.</summary>
internal sealed record StolenRow(int Database, byte[] Lookup, byte[] Version, long? ExpiresAt, int Flags, byte[] Sealed)
{
    /// <summary>A copy, because each attempt to open it overwrites the ciphertext.</summary>
    public Entry ToEntry() => new()
    {
        Database = Database,
        Lookup = Lookup,
        Version = Version,
        ExpiresAt = ExpiresAt,
        Flags = (EntryFlags)Flags,
        Sealed = (byte[])[.. Sealed],
    };

    /// <summary>The number of items in <paramref name="loot"/> that open this row when used as any secret of the format.</summary>
    public int OpensWith(IEnumerable<byte[]> loot) => loot.Sum(found =>
        (ValueKeysFrom(found).Any(OpensWithKey) ? 1 : 0) + (CipherOpens(found) ? 1 : 0));

    /// <summary>The item as the value key itself, as PRK, and as T.</summary>
    private IEnumerable<byte[]> ValueKeysFrom(byte[] found)
    {
        var info = (byte[])[.. "DumbKV/1/value\0"u8, .. BigEndian(Database)];
        yield return Fit(found, 32);
        yield return SHA256.HashData(found);
        yield return HKDF.Expand(HashAlgorithmName.SHA256, Fit(found, 32), 32, info);
        yield return HKDF.DeriveKey(HashAlgorithmName.SHA256, Fit(found, 16), 32, salt: [], info);
    }

    /// <summary>The item as T with a store key that was found too, with the product's own cipher.</summary>
    private bool CipherOpens(byte[] found)
    {
        foreach (var storeKey in new[] { StoreKey.None, StoreKey.FromBytes(Fit(found, 32)) })
        {
            using var keys = new EntryCipher(storeKey).Derive(Database, Fit(found, EntryCipher.HashedKeyBytes));
            if (EntryCipher.TryOpenInPlace(keys, ToEntry(), out _))
            {
                return true;
            }
        }

        return false;
    }

    public bool OpensWithKey(byte[] valueKey)
    {
        byte[] aad = [1, .. BigEndian(Database), .. Lookup, .. BigEndian(ExpiresAt ?? 0), (byte)Flags];
        using var aes = new AesGcm(valueKey, 16);
        try
        {
            aes.Decrypt(Version, Sealed.AsSpan(..^16), Sealed.AsSpan(^16..), new byte[Sealed.Length - 16], aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static byte[] Fit(byte[] found, int length)
    {
        var fitting = new byte[length];
        found.AsSpan(0, Math.Min(found.Length, length)).CopyTo(fitting);
        return fitting;
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
