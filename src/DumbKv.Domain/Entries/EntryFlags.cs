namespace DumbKv.Domain.Entries;

/// <summary>Properties of an entry. They are authenticated with the value, so a change in the database is detected.</summary>
[Flags]
public enum EntryFlags
{
    None = 0,

    /// <summary>The first read that returns the value replaces it with a receipt.</summary>
    Once = 1,

    /// <summary>The value is bytes and not text. Clients send and receive it as base64.</summary>
    Binary = 2,

    /// <summary>The row is the receipt of a read-once entry that was read. No other flag is set.</summary>
    Receipt = 4,
}
