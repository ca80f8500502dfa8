using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Persistence;

/// <summary>A change to one row: <paramref name="Entry"/> takes the place, or, where it is null, what is there goes.</summary>
/// <param name="Database">Of the primary key.</param>
/// <param name="Lookup">Of the primary key.</param>
/// <param name="Entry">The whole row.</param>
/// <param name="Condition">Of what is there at <paramref name="Now"/>.</param>
/// <param name="Now">Unix time in milliseconds.</param>
internal sealed record EntryWrite(int Database, byte[] Lookup, Entry? Entry, Precondition Condition, long Now)
{
    /// <summary>About what it holds in memory while it waits.</summary>
    public int Bytes => 512 + (Entry?.Sealed.Length ?? 0);

    public static EntryWrite Put(Entry entry, Precondition condition, DateTimeOffset now) =>
        new(entry.Database, entry.Lookup, entry, condition, now.ToUnixTimeMilliseconds());

    public static EntryWrite Delete(EntryId id, Precondition condition, DateTimeOffset now) =>
        new(id.Database, id.Lookup, null, condition, now.ToUnixTimeMilliseconds());
}
