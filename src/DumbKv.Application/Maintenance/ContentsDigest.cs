using System.Buffers.Binary;
using System.Security.Cryptography;
using DumbKv.Domain.Entries;

namespace DumbKv.Application.Maintenance;

/// <summary>
/// Shows whether two stores hold the same rows, in whatever order they are read: the SHA-256 of each row, combined by exclusive
/// or. It detects accidents and not forgeries. The authenticated encryption detects those.
/// </summary>
public sealed class ContentsDigest
{
    private readonly byte[] _combined = new byte[SHA256.HashSizeInBytes];

    public long Rows { get; private set; }

    public void Add(Entry entry)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(entry, hash);
        for (var index = 0; index < hash.Length; index++)
        {
            _combined[index] ^= hash[index];
        }

        Rows++;
    }

    public void Add(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Add(entry);
        }
    }

    /// <summary>32 bytes in hex. Zeros if there are no rows.</summary>
    public override string ToString() => Convert.ToHexStringLower(_combined);

    public static bool AreSame(Entry one, Entry other)
    {
        Span<byte> first = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> second = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(one, first);
        Hash(other, second);
        return first.SequenceEqual(second);
    }

    private static void Hash(Entry entry, Span<byte> hash)
    {
        // The length of each field of variable length comes first.
        Span<byte> numbers = stackalloc byte[4 + 8 + 4 + 4 + 4];
        BinaryPrimitives.WriteInt32BigEndian(numbers, entry.Database);
        BinaryPrimitives.WriteInt64BigEndian(numbers[4..], entry.ExpiresAt ?? 0);
        BinaryPrimitives.WriteInt32BigEndian(numbers[12..], (int)entry.Flags);
        BinaryPrimitives.WriteInt32BigEndian(numbers[16..], entry.Lookup.Length);
        BinaryPrimitives.WriteInt32BigEndian(numbers[20..], entry.Version.Length);

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(numbers);
        sha.AppendData(entry.Lookup);
        sha.AppendData(entry.Version);
        sha.AppendData(entry.Sealed.Span);
        sha.GetHashAndReset(hash);
    }
}
