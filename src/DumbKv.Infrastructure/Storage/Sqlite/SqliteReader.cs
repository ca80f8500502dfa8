using System.Diagnostics;
using DumbKv.Domain.Entries;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// A session that reads. It keeps its snapshot from one read to the next within an epoch of <see cref="SqliteReaders"/>: to
/// begin one and to end it takes locks of the file, which cost more than to find the row.
/// </summary>
internal sealed class SqliteReader(SqliteSession session) : IDisposable
{
    /// <summary>What another program wrote is seen after so long. It is no server: SqliteInstanceLock.</summary>
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
