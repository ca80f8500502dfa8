namespace DumbKv.Domain.Entries;

/// <summary>The primary key of an entry. It does not reveal the client's key, so it can be stored, indexed and compared.</summary>
public sealed class EntryId(int database, byte[] lookup)
{
    /// <summary>Length of <see cref="Lookup"/>, in bytes.</summary>
    public const int LookupBytes = 32;

    public int Database { get; } = database;

    /// <summary>Derived from the key by a one-way function (<see cref="Crypto.EntryCipher"/>).</summary>
    public byte[] Lookup { get; } = lookup;

    /// <summary>
    /// The first eight bytes of <see cref="Lookup"/> in hex, which name the row in logs. Without a pepper it confirms a
    /// guessed key. So only integrity reports and the audit log have it, and other logs at Debug.
    /// </summary>
    public string Fingerprint => Convert.ToHexStringLower(Lookup, 0, 8);

    public override string ToString() => Fingerprint;
}
