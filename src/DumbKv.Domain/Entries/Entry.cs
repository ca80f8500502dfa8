namespace DumbKv.Domain.Entries;

/// <summary>A stored row: everything that is visible in the store, in a backup or to a thief.</summary>
public sealed class Entry
{
    public required int Database { get; init; }

    /// <inheritdoc cref="EntryId.Lookup"/>
    public required byte[] Lookup { get; init; }

    /// <inheritdoc cref="EntryVersion"/>
    public required byte[] Version { get; init; }

    /// <summary>The time of expiry, in Unix milliseconds. Null: the entry does not expire.</summary>
    public required long? ExpiresAt { get; init; }

    public required EntryFlags Flags { get; init; }

    /// <summary>The value's ciphertext and its 16-byte tag.</summary>
    public required byte[] Sealed { get; init; }

    public bool IsOnce => Flags.HasFlag(EntryFlags.Once);

    public bool IsBinary => Flags.HasFlag(EntryFlags.Binary);

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now.ToUnixTimeMilliseconds();
}
