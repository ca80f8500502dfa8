namespace DumbKv.Application.Entries;

/// <param name="MaxValueBytes">Maximum size of a decoded value, in bytes (MAX_VALUE_BYTES).</param>
/// <param name="ReceiptRetention">How long a read-once entry that was read is reported as read (RECEIPT_DAYS). Zero: never.</param>
public sealed record EntryLimits(int MaxValueBytes, TimeSpan ReceiptRetention)
{
    public const int DefaultMaxValueBytes = 1_048_576;

    public const int HighestMaxValueBytes = 67_108_864;

    public const int DefaultReceiptDays = 7;

    public const int HighestReceiptDays = 365;

    public static EntryLimits Default { get; } = new(DefaultMaxValueBytes, TimeSpan.FromDays(DefaultReceiptDays));

    /// <summary>Whether a receipt is still reported at <paramref name="now"/>.</summary>
    public bool Keeps(DateTimeOffset readAt, DateTimeOffset now) => ReceiptRetention > TimeSpan.Zero && readAt > now - ReceiptRetention;
}
