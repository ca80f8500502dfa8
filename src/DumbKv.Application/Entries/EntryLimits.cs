namespace DumbKv.Application.Entries;

/// <param name="MaxValueBytes">Maximum size of a decoded value, in bytes (MAX_VALUE_BYTES).</param>
public sealed record EntryLimits(int MaxValueBytes)
{
    public const int DefaultMaxValueBytes = 1_048_576;

    public const int HighestMaxValueBytes = 67_108_864;
}
