namespace DumbKv.Domain.Entries;

/// <summary>What is known of an entry besides its value. Authenticated with it, so a flag cannot be taken off unnoticed.</summary>
[Flags]
public enum EntryFlags
{
    None = 0,

    /// <summary>The first read that returns the value removes it.</summary>
    Once = 1,

    /// <summary>The value is bytes, not text: it came in as base64 and goes out as base64.</summary>
    Binary = 2,
}
