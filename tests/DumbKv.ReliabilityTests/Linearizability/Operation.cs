namespace DumbKv.ReliabilityTests.Linearizability;

internal enum OperationKind
{
    Get,

    /// <summary>Sets the key, whether or not it has a value.</summary>
    Set,

    /// <summary>Sets the key only if it has no value.</summary>
    Create,

    /// <summary>Sets the key only if its version is <see cref="Operation.Expected"/>.</summary>
    CompareAndSet,

    Delete,

    /// <summary>Deletes the key only if its version is <see cref="Operation.Expected"/>.</summary>
    CompareAndDelete,
}

internal enum Outcome
{
    /// <summary>200.</summary>
    Done,

    /// <summary>410 for a get: the value of <see cref="Operation.Version"/> was read-once, and another get has consumed it.</summary>
    AlreadyRead,

    /// <summary>404 for a get, 409 for a create, 412 for a compare: the register was not in the state that the operation needs.</summary>
    Refused,

    /// <summary>503 or no response. The operation takes effect at any time after its call, or never.</summary>
    Unknown,
}

/// <summary>One request on one key, as its client saw it. Each write of a key has a unique value.</summary>
internal sealed record Operation
{
    public required int Client { get; init; }

    public required OperationKind Kind { get; init; }

    /// <summary>The value that a write sends, or that a get returned.</summary>
    public string? Value { get; init; }

    /// <summary>The first get of the value consumes it.</summary>
    public bool Once { get; init; }

    /// <summary>The version that a compare names.</summary>
    public string? Expected { get; init; }

    /// <summary>When the client sent it, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public required long Called { get; init; }

    public Outcome Outcome { get; init; } = Outcome.Unknown;

    /// <summary>When the client had the response, or gave up.</summary>
    public long Ended { get; init; }

    /// <summary>The version in the response.</summary>
    public string? Version { get; init; }

    /// <summary>The latest time at which it can take effect.</summary>
    public long Deadline => Outcome == Outcome.Unknown ? long.MaxValue : Ended;

    public bool IsWrite => Kind is OperationKind.Set or OperationKind.Create or OperationKind.CompareAndSet;
}
