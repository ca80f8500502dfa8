using DumbKv.Domain.Entries;

namespace DumbKv.Application.Entries;

/// <summary>What must hold of the stored entry for a write to happen. An expired entry counts as absent.</summary>
public sealed class Precondition
{
    private Precondition(PreconditionKind kind, EntryVersion? version = null)
    {
        Kind = kind;
        Version = version;
    }

    public static Precondition None { get; } = new(PreconditionKind.None);

    /// <summary><c>If-None-Match: *</c></summary>
    public static Precondition Absent { get; } = new(PreconditionKind.Absent);

    /// <summary><c>If-Match: *</c></summary>
    public static Precondition Present { get; } = new(PreconditionKind.Present);

    public PreconditionKind Kind { get; }

    /// <summary>Where <see cref="Kind"/> is <see cref="PreconditionKind.Version"/>: that version. Null matches no entry.</summary>
    public EntryVersion? Version { get; }

    /// <summary><c>If-Match: "version"</c>; null for an ETag that no entry can have.</summary>
    public static Precondition Is(EntryVersion? version) => new(PreconditionKind.Version, version);
}

public enum PreconditionKind
{
    None,
    Absent,
    Present,
    Version,
}
