using DumbKv.Domain.Entries;

namespace DumbKv.UnitTests.Domain;

/// <summary>Copies rows as a database does. Opening a row overwrites its ciphertext.</summary>
internal static class EntryCopy
{
    public static Entry Of(Entry entry, EntryFlags? flags = null) => new()
    {
        Database = entry.Database,
        Lookup = entry.Lookup,
        Version = entry.Version,
        ExpiresAt = entry.ExpiresAt,
        Flags = flags ?? entry.Flags,
        Sealed = entry.Sealed.ToArray(),
    };
}
