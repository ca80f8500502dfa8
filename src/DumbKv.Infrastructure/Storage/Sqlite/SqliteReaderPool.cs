using System.Collections.Concurrent;
using System.Diagnostics;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Connections that stay open with their statements prepared, as many as have ever read at the same time. To open a pooled
/// one, tell it the pragmas and have EF Core prepare its query costs several times what the read itself does. A connection
/// also keeps its snapshot for the next read, where that reads no other state than a new snapshot would.
/// </summary>
/// <remarks>
/// <para>
/// Reads are linearizable: a read sees every write that was answered before the read began, and no read sees an older state
/// than a read that ended before it began. Only the server's one writer changes the file (<see cref="SqliteFileLock"/>).
/// It makes <c>_epoch</c> odd before its COMMIT, and even again after the COMMIT and before it answers. So while the epoch is
/// the same even number, no commit becomes visible, and all snapshots that are taken are of one state.
/// </para>
/// <para>
/// A snapshot is kept only if the epoch was the same even number before it was taken and after its first read; then it is that
/// number's state. It is used again only by a read that finds the same number at its beginning. At that moment no newer state
/// was visible, so no earlier read has seen one, and no newer write was answered.
/// </para>
/// <para>
/// A read that finds an odd epoch, or another one, takes a new snapshot. SQLite gives it the newest state that is visible,
/// which is at least what any earlier read saw. It may or may not have the commit that is under way, so it is not kept.
/// </para>
/// <para>
/// What another program writes into the file is outside of this: within a millisecond (<see cref="SqliteReader"/>) one read may
/// see it and the next one may not.
/// </para>
/// </remarks>
internal sealed class SqliteReaderPool : IDisposable
{
    /// <summary>A snapshot that nobody needs any more keeps the WAL from beginning anew.</summary>
    private const int TidyAfterMilliseconds = 10;

    private readonly IDbContextFactory<SqliteKvDbContext> _contexts;
    private readonly Lazy<bool> _keepsSnapshots;
    private readonly ConcurrentStack<SqliteReader> _idle = [];
    private readonly Timer _tidy;
    private long _epoch;
    private int _isTidyDue;

    public SqliteReaderPool(IDbContextFactory<SqliteKvDbContext> contexts, SqliteLocation location)
    {
        _contexts = contexts;
        _keepsSnapshots = new(() => location.JournalMode == SqliteJournalMode.Wal); // In another mode they would keep the writer from its commit.
        _tidy = new Timer(static readers => ((SqliteReaderPool)readers!).Tidy(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The row, expired or not; null where there is none.</summary>
    public Entry? Find(EntryId id)
    {
        var epoch = Interlocked.Read(ref _epoch);
        var reader = _idle.TryPop(out var idle) ? idle : new SqliteReader(new SqliteSession(_contexts));
        try
        {
            Entry? entry;
            if (_keepsSnapshots.Value)
            {
                entry = reader.Find(id, epoch);
                if (IsCommitting(epoch) || epoch != Interlocked.Read(ref _epoch))
                {
                    reader.EndSnapshot();
                }
            }
            else
            {
                entry = reader.Find(id);
            }

            _idle.Push(reader);
            if (_keepsSnapshots.Value && Volatile.Read(ref _isTidyDue) == 0 && Interlocked.Exchange(ref _isTidyDue, 1) == 0)
            {
                _tidy.Change(TidyAfterMilliseconds, Timeout.Infinite);
            }

            return entry;
        }
        catch
        {
            // Whatever state it is in, the next one begins afresh.
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Before a commit. From here on it may be seen.</summary>
    public void BeginCommit() => Interlocked.Increment(ref _epoch);

    /// <summary>After a commit, or a failed one, and before anyone is answered.</summary>
    public void EndCommit() => Interlocked.Increment(ref _epoch);

    /// <summary>All that are kept; one that a read uses, as soon as the read is done.</summary>
    public void EndSnapshots()
    {
        Interlocked.Add(ref _epoch, 2);
        foreach (var reader in _idle)
        {
            reader.EndSnapshot();
        }
    }

    public void Dispose()
    {
        _tidy.Dispose();
        while (_idle.TryPop(out var reader))
        {
            reader.Dispose();
        }
    }

    private static bool IsCommitting(long epoch) => (epoch & 1) == 1;

    private void Tidy()
    {
        Interlocked.Exchange(ref _isTidyDue, 0);
        try
        {
            EndSnapshots();
        }
        catch (SqliteException)
        {
            // The next read with it meets the same, and has a caller to tell.
        }
    }
}

/// <summary>
/// A session that reads. It keeps its snapshot from one read to the next within an epoch of <see cref="SqliteReaderPool"/>: to
/// begin one and to end it takes locks of the file, which cost more than to find the row.
/// </summary>
internal sealed class SqliteReader(SqliteSession session) : IDisposable
{
    /// <summary>What another program wrote is seen after so long. It is no server: SqliteFileLock.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly SqliteStatement _begin = session.Prepare("BEGIN");
    private readonly SqliteStatement _find = session.Prepare(EntrySql.Find.Text);
    private readonly SqliteStatement _end = session.Prepare("COMMIT");
    private bool _hasSnapshot;
    private long _began;
    private long _epoch;

    /// <summary>The row; null where there is none. No snapshot stays.</summary>
    public Entry? Find(EntryId id) => _find.Find(id);

    /// <summary>The row in the snapshot that stays, or in a new one; null where there is none.</summary>
    /// <param name="id">Of the row.</param>
    /// <param name="epoch">A snapshot of another one is of another state.</param>
    public Entry? Find(EntryId id, long epoch)
    {
        lock (_lock)
        {
            if (_hasSnapshot && (_epoch != epoch || Stopwatch.GetElapsedTime(_began) > Longest))
            {
                EndSnapshot();
            }

            if (!_hasSnapshot)
            {
                _begin.Execute();
                (_hasSnapshot, _began, _epoch) = (true, Stopwatch.GetTimestamp(), epoch);
            }

            return _find.Find(id);
        }
    }

    /// <summary>Waits for a read that is under way.</summary>
    public void EndSnapshot()
    {
        lock (_lock)
        {
            if (_hasSnapshot)
            {
                _end.Execute();
                _hasSnapshot = false;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _hasSnapshot = false;
            session.Dispose();
        }
    }
}
