using System.Security.Cryptography;
using DumbKv.Domain.Entries;

namespace DumbKv.Domain.Crypto;

/// <summary>The keys that a client's key gives for one database: the row's id, and the key that encrypts the value.</summary>
/// <remarks>Dispose it as soon as the value is sealed or opened. That zeroes the value key.</remarks>
public sealed class EntryKeys : IDisposable
{
    private readonly byte[] _valueKey;

    internal EntryKeys(EntryId id, byte[] valueKey)
    {
        Id = id;
        _valueKey = valueKey;
    }

    public EntryId Id { get; }

    internal ReadOnlySpan<byte> ValueKey => _valueKey;

    public void Dispose() => CryptographicOperations.ZeroMemory(_valueKey);

    public override string ToString() => "[redacted]";
}
