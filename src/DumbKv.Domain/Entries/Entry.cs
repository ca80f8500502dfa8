namespace DumbKv.Domain.Entries;

/// <summary>The stored row: everything that a store, a backup or a thief sees.</summary>
public sealed class Entry
{
    public required int Database { get; init; }

    /// <inheritdoc cref="EntryId.Lookup"/>
    public required byte[] Lookup { get; init; }

    /// <inheritdoc cref="EntryVersion"/>
    public required byte[] Version { get; init; }

    /// <summary>Unix time in milliseconds from which on the entry is gone; null: it stays.</summary>
    public required long? ExpiresAt { get; init; }

    public required EntryFlags Flags { get; init; }

    /// <summary>The value's ciphertext and its 16-byte tag.</summary>
    public required byte[] Sealed { get; init; }

    public bool IsOnce => Flags.HasFlag(EntryFlags.Once);

    public bool IsBinary => Flags.HasFlag(EntryFlags.Binary);

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now.ToUnixTimeMilliseconds();
}
