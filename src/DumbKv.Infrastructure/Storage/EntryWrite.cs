using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage;

/// <summary>A change to one row.</summary>
/// <param name="Database">Part of the primary key.</param>
/// <param name="Lookup">Part of the primary key.</param>
/// <param name="Entry">The new row. Null: the row is deleted.</param>
/// <param name="Condition">What must hold for the present row at <paramref name="Now"/>.</param>
/// <param name="Now">Unix time in milliseconds.</param>
internal sealed record EntryWrite(int Database, byte[] Lookup, Entry? Entry, Precondition Condition, long Now)
{
    /// <summary>Approximate size in memory.</summary>
    public int Bytes => 512 + (Entry?.Sealed.Length ?? 0);

    public static EntryWrite Put(Entry entry, Precondition condition, DateTimeOffset now) =>
        new(entry.Database, entry.Lookup, entry, condition, now.ToUnixTimeMilliseconds());

    /// <summary>For <see cref="EntrySql.Copy"/>: the row as it is.</summary>
    public static EntryWrite Copy(Entry entry) => new(entry.Database, entry.Lookup, entry, Precondition.None, Now: 0);

    public static EntryWrite Delete(EntryId id, Precondition condition, DateTimeOffset now) =>
        new(id.Database, id.Lookup, null, condition, now.ToUnixTimeMilliseconds());
}
