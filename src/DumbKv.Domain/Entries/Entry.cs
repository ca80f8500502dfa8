using DumbKv.Domain.Crypto;

namespace DumbKv.Domain.Entries;

/// <summary>A stored row: everything that is visible in the store, in a backup or to a thief.</summary>
public sealed class Entry
{
    public required int Database { get; init; }

    /// <inheritdoc cref="EntryId.Lookup"/>
    public required byte[] Lookup { get; init; }

    /// <inheritdoc cref="EntryVersion"/>
    public required byte[] Version { get; init; }

    /// <summary>
    /// The time of expiry, in Unix milliseconds. Null: the entry does not expire. For a receipt: the time of the read, negated, so
    /// that every server sees a key that has no value.
    /// </summary>
    public required long? ExpiresAt { get; init; }

    public required EntryFlags Flags { get; init; }

    /// <summary>
    /// The value's ciphertext and its 16-byte tag. A receipt's value is the version of the entry that was read. Decryption overwrites it.
    /// </summary>
    public required Memory<byte> Sealed { get; init; }

    public bool IsOnce => Flags.HasFlag(EntryFlags.Once);

    public bool IsBinary => Flags.HasFlag(EntryFlags.Binary);

    public bool IsReceipt => Flags.HasFlag(EntryFlags.Receipt);

    /// <summary>When the entry was read. Null if the row is no receipt.</summary>
    public DateTimeOffset? ReadAt => IsReceipt && ExpiresAt is < 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(-at) : null;

    /// <summary>Whether the row has the form of a row that a server writes. Only its key shows whether the row was altered.</summary>
    public bool IsWellFormed =>
        Lookup.Length == EntryId.LookupBytes
        && Version.Length == EntryVersion.Length
        && Flags switch
        {
            EntryFlags.Receipt => ExpiresAt < 0 && Sealed.Length == EntryVersion.Length + EntryCipher.TagBytes,
            _ => ExpiresAt is null or > 0 && Sealed.Length >= EntryCipher.TagBytes && (Flags & ~(EntryFlags.Once | EntryFlags.Binary)) == 0,
        };

    /// <summary>Always true for a receipt.</summary>
    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now.ToUnixTimeMilliseconds();
}
