namespace DumbKv.Domain.Entries;

/// <summary>Where an entry stands: safe to store, to index and to compare, for it does not give the key away.</summary>
public sealed class EntryId(int database, byte[] lookup)
{
    /// <summary>Length of <see cref="Lookup"/>, in bytes.</summary>
    public const int LookupBytes = 32;

    public int Database { get; } = database;

    /// <summary>Derived from the key one-way (<see cref="Crypto.EntryCipher"/>).</summary>
    public byte[] Lookup { get; } = lookup;

    /// <summary>
    /// The first eight bytes of <see cref="Lookup"/> in hex: how logs name a row. Without a pepper it confirms a
    /// guessed key, so it stands in integrity reports and the audit log, else only at Debug.
    /// </summary>
    public string Fingerprint => Convert.ToHexStringLower(Lookup, 0, 8);

    public override string ToString() => Fingerprint;
}
