using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage;

/// <summary>A change to one row.</summary>
/// <param name="Database">Part of the primary key.</param>
/// <param name="Lookup">Part of the primary key.</param>
/// <param name="Entry">The new row. Null: the row is deleted.</param>
/// <param name="Condition">The condition on the present row at <paramref name="Now"/>.</param>
/// <param name="Now">Unix time in milliseconds.</param>
internal sealed record EntryWrite(int Database, byte[] Lookup, Entry? Entry, Precondition Condition, long Now)
{
    /// <summary>
    /// For the sweeper, which deletes the row only if it is due: the least expires_at of a receipt that is due. Null for other
    /// writes.
    /// </summary>
    public long? Receipts { get; private init; }

    /// <summary>Approximate size in memory.</summary>
    public int Bytes => 512 + (Entry?.Sealed.Length ?? 0);

    public static EntryWrite Put(Entry entry, Precondition condition, DateTimeOffset now) =>
        new(entry.Database, entry.Lookup, entry, condition, now.ToUnixTimeMilliseconds());

    /// <summary>For <see cref="EntrySql.Copy"/>: the row unchanged.</summary>
    public static EntryWrite Copy(Entry entry) => new(entry.Database, entry.Lookup, entry, Precondition.None, Now: 0);

    /// <summary>Replaces the version that was read with a receipt.</summary>
    public static EntryWrite Consume(Entry receipt, EntryVersion read, DateTimeOffset now) => Put(receipt, Precondition.Is(read), now);

    public static EntryWrite Sweep(EntryId id, SweepDue due) =>
        new(id.Database, id.Lookup, null, Precondition.None, due.Now.ToUnixTimeMilliseconds()) { Receipts = -due.ReadBefore.ToUnixTimeMilliseconds() };

    public static EntryWrite Delete(EntryId id, Precondition condition, DateTimeOffset now) =>
        new(id.Database, id.Lookup, null, condition, now.ToUnixTimeMilliseconds());
}

/// <summary>A write in a queue, and its outcome. Shared by the group commits of both databases.</summary>
internal sealed class PendingWrite(EntryWrite write)
{
    // Continuations run in the thread pool, so that the writer can start the next transaction.
    private readonly TaskCompletionSource<bool> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EntryWrite Write { get; } = write;

    /// <summary>The primary key.</summary>
    public (int Database, byte[] Lookup) Row => (Write.Database, Write.Lookup);

    /// <summary>When it arrived, as <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether the write changed a row. Completes after the commit, or with the failure.</summary>
    public Task<bool> Outcome => _outcome.Task;

    public void Succeed(bool changed) => _outcome.SetResult(changed);

    public void Fail(Exception exception) => _outcome.SetException(exception);
}
