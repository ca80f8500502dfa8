using System.Collections.Concurrent;
using System.Diagnostics;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Sessions that stay open with their statements prepared, as many as have ever read at the same time. To open a pooled connection,
/// set its pragmas and prepare EF Core's query costs several times as much as the read. A session also keeps its snapshot for the
/// next read, as long as a new snapshot would show the same state.
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
/// This does not hold for what another program writes into the file. Within a millisecond (<see cref="SqliteReader"/>) one read may
/// see it and the next one may not.
/// </para>
/// </remarks>
internal sealed class SqliteReaderPool : IDisposable
{
    /// <summary>An idle snapshot keeps SQLite from reusing the WAL.</summary>
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
        _keepsSnapshots = new(() => location.JournalMode == SqliteJournalMode.Wal); // In another mode a snapshot would block the writer's commit.
        _tidy = new Timer(static readers => ((SqliteReaderPool)readers!).Tidy(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The row, expired or not.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="large">Memory for a large value. A larger one is left out.</param>
    public FoundEntry Find(EntryId id, Memory<byte> large = default)
    {
        var epoch = Interlocked.Read(ref _epoch);
        var reader = _idle.TryPop(out var idle) ? idle : new SqliteReader(new SqliteSession(_contexts));
        try
        {
            FoundEntry entry;
            if (_keepsSnapshots.Value)
            {
                entry = reader.Find(id, large, epoch);
                if (IsCommitting(epoch) || epoch != Interlocked.Read(ref _epoch))
                {
                    reader.EndSnapshot();
                }
            }
            else
            {
                entry = reader.Find(id, large);
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
            // Its state is unknown. The next read opens a new session.
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Called before a COMMIT. From then on reads can see it.</summary>
    public void BeginCommit() => Interlocked.Increment(ref _epoch);

    /// <summary>Called after a COMMIT, even one that failed, and before its writes complete.</summary>
    public void EndCommit() => Interlocked.Increment(ref _epoch);

    /// <summary>Ends all kept snapshots. One that a read uses ends with the read.</summary>
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
            // The next read on it fails too, and reports it.
        }
    }
}

/// <summary>
/// A session for reads. It keeps its snapshot from one read to the next within an epoch of <see cref="SqliteReaderPool"/>, because
/// beginning and ending a snapshot takes file locks, which cost more than finding the row.
/// </summary>
internal sealed class SqliteReader(SqliteSession session) : IDisposable
{
    /// <summary>After this time a read sees what another program wrote. Another server cannot write: <see cref="SqliteFileLock"/>.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly SqliteStatement _begin = session.Prepare("BEGIN");
    private readonly SqliteStatement _find = session.Prepare(EntrySql.Find.Text);
    private readonly SqliteStatement _findLarge = session.Prepare(EntrySql.FindLarge.Text);
    private readonly SqliteStatement _end = session.Prepare("COMMIT");
    private bool _hasSnapshot;
    private long _began;
    private long _epoch;

    /// <summary>The row. Keeps no snapshot.</summary>
    public FoundEntry Find(EntryId id, Memory<byte> large) => (large.IsEmpty ? _find : _findLarge).Find(EntrySql.FindInto(large), id, large);

    /// <summary>The row. Reads the kept snapshot, or takes a new one and keeps it.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="large">Memory for a large value. A larger one is left out.</param>
    /// <param name="epoch">The current epoch. A snapshot of another epoch is of another state.</param>
    public FoundEntry Find(EntryId id, Memory<byte> large, long epoch)
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

            return Find(id, large);
        }
    }

    /// <summary>Waits for the read that uses the snapshot.</summary>
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
