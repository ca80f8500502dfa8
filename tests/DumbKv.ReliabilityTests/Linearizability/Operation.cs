namespace DumbKv.ReliabilityTests.Linearizability;

internal enum OperationKind
{
    Get,

    /// <summary>Replaces whatever is there.</summary>
    Set,

    /// <summary>Sets an absent key only.</summary>
    Create,

    /// <summary>Sets where the version is <see cref="Operation.Expected"/>.</summary>
    CompareAndSet,

    Delete,

    /// <summary>Deletes where the version is <see cref="Operation.Expected"/>.</summary>
    CompareAndDelete,
}

internal enum Outcome
{
    /// <summary>200.</summary>
    Done,

    /// <summary>404 for a get, 409 for a create, 412 for a compare: the register was not as the operation needs it.</summary>
    Refused,

    /// <summary>503 or no answer. The operation takes effect at any time after its call, or never.</summary>
    Unknown,
}

/// <summary>One call on one key, as its client saw it. Every write of a key has a value of its own.</summary>
internal sealed record Operation
{
    public required int Client { get; init; }

    public required OperationKind Kind { get; init; }

    /// <summary>The value that a write sends, or that a get returned.</summary>
    public string? Value { get; init; }

    /// <summary>The first get of the value deletes it.</summary>
    public bool Once { get; init; }

    /// <summary>The version that a compare names.</summary>
    public string? Expected { get; init; }

    /// <summary>When the client sent it, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public required long Called { get; init; }

    public Outcome Outcome { get; init; } = Outcome.Unknown;

    /// <summary>When the client had the answer, or gave up.</summary>
    public long Ended { get; init; }

    /// <summary>The version that the answer names.</summary>
    public string? Version { get; init; }

    /// <summary>Until then it may take effect.</summary>
    public long Deadline => Outcome == Outcome.Unknown ? long.MaxValue : Ended;

    public bool IsWrite => Kind is OperationKind.Set or OperationKind.Create or OperationKind.CompareAndSet;
}
