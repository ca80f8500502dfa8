using DumbKv.Domain.Entries;

namespace DumbKv.Application.Entries;

/// <summary>A condition on the stored entry. A write happens only if it holds. An expired entry counts as absent.</summary>
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

    /// <summary>The version, if <see cref="Kind"/> is <see cref="PreconditionKind.Version"/>. Null matches no entry.</summary>
    public EntryVersion? Version { get; }

    /// <summary><c>If-Match: "version"</c>. Null for an ETag that no entry can have.</summary>
    public static Precondition Is(EntryVersion? version) => new(PreconditionKind.Version, version);
}

public enum PreconditionKind
{
    None,
    Absent,
    Present,
    Version,
}
