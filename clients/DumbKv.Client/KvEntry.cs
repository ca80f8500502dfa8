using System.Text;
using System.Text.Unicode;

namespace DumbKv.Client;

/// <summary>A value and what the server says about it.</summary>
/// <remarks>Not a record, because a record would print the value.</remarks>
public sealed class KvEntry
{
    internal KvEntry()
    {
    }

    /// <summary>The value, as it was set. Text is UTF-8.</summary>
    public ReadOnlyMemory<byte> Bytes { get; internal init; }

    /// <summary>Whether the value was set as text. The value of an end-to-end entry is text if it is valid UTF-8 and has no type.</summary>
    public bool IsText { get; internal init; }

    /// <summary>The value as text. Null if it was set as bytes.</summary>
    public string? Text => IsText ? Encoding.UTF8.GetString(Bytes.Span) : null;

    /// <summary>The version of the entry, for <see cref="SetOptions.IfMatch"/>.</summary>
    public string ETag { get; internal init; } = "";

    /// <summary>When the entry expires, by the server's clock. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; internal init; }

    /// <summary>This read has removed the entry.</summary>
    public bool Once { get; internal init; }

    /// <summary>What the sender says about the file. Null if the entry is no end-to-end entry, or the sender says nothing.</summary>
    public E1File? File { get; internal init; }

    internal static bool IsUtf8(ReadOnlyMemory<byte> bytes) => Utf8.IsValid(bytes.Span);
}

/// <summary>What the server says about an entry. The value is not read, and a read-once entry is kept.</summary>
public sealed class KvMetadata
{
    internal KvMetadata()
    {
    }

    /// <summary>The size of the value in bytes. For an end-to-end entry, the size of the encrypted and padded value.</summary>
    public long Size { get; internal init; }

    /// <summary>Whether the value was set as text. False for an end-to-end entry.</summary>
    public bool IsText { get; internal init; }

    /// <summary>The version of the entry, for <see cref="SetOptions.IfMatch"/>.</summary>
    public string ETag { get; internal init; } = "";

    /// <summary>When the entry expires, by the server's clock. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; internal init; }

    /// <summary>The next get removes the entry.</summary>
    public bool Once { get; internal init; }
}
