using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DumbKv.Domain.Entries;

/// <summary>Twelve random bytes, new for each write: the nonce of the encryption and the entry's ETag.</summary>
public sealed class EntryVersion : IEquatable<EntryVersion>
{
    /// <summary>Length in bytes: a 96-bit nonce (NIST SP 800-38D).</summary>
    public const int Length = 12;

    /// <summary>Drawn at once, because 12 random bytes take as long as 1,200.</summary>
    private const int DrawnBytes = 100 * Length;

    private readonly byte[] _bytes;

    // Each thread has its own, and gives out every byte once. The versions are not secret.
    [ThreadStatic]
    private static byte[]? _drawn;

    [ThreadStatic]
    private static int _left;

    private EntryVersion(byte[] bytes) => _bytes = bytes;

    public static EntryVersion New()
    {
        if (_left == 0)
        {
            _drawn = RandomNumberGenerator.GetBytes(DrawnBytes);
            _left = DrawnBytes;
        }

        _left -= Length;
        return new EntryVersion(_drawn.AsSpan(_left, Length).ToArray());
    }

    /// <exception cref="ArgumentException">Not <see cref="Length"/> bytes.</exception>
    public static EntryVersion FromBytes(byte[] bytes) =>
        bytes.Length == Length ? new(bytes) : throw new ArgumentException($"A version has {Length} bytes.", nameof(bytes));

    /// <summary>Parses the format of <see cref="ToString"/>. False for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out EntryVersion? version)
    {
        Span<byte> bytes = stackalloc byte[Length];
        version = text.Length == Base64Url.GetEncodedLength(Length)
            && Base64Url.DecodeFromChars(text, bytes, out _, out var written) == OperationStatus.Done
            && written == Length
            ? new EntryVersion(bytes.ToArray())
            : null;

        return version is not null;
    }

    public byte[] ToBytes() => _bytes;

    public bool Equals(EntryVersion? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as EntryVersion);

    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>base64url without padding: 16 characters.</summary>
    public override string ToString() => Base64Url.EncodeToString(_bytes);
}
