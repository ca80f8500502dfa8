namespace DumbKv.Client;

/// <summary>How a value is stored.</summary>
/// <remarks>
/// Without <see cref="Overwrite"/>, <see cref="IfMatch"/> and <see cref="IfNoneMatch"/>, a value is stored only if the key has none.
/// A set replaces the value, its expiry and <see cref="Once"/> as a whole.
/// </remarks>
public sealed record SetOptions
{
    /// <summary>When the value expires, counted from when the server stores it: 1 second to 10 years, rounded down to seconds. Null: never.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The first get that returns the value removes it.</summary>
    public bool Once { get; init; }

    /// <summary>Replaces an existing value.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Replaces only the version with this ETag. "*" replaces any version, but creates none.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Stores the value only if there is none, and fails with <see cref="KvPreconditionFailedException"/> otherwise.</summary>
    public bool IfNoneMatch { get; init; }

    /// <summary>The number of the database.</summary>
    public int Database { get; init; }
}
