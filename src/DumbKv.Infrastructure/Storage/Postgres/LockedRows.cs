using System.Diagnostics;
using DumbKv.Application;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Writes to rows that another session of the database has locked. They wait here and not in a batch, so that writes to other
/// rows do not wait with them. All writes of one row wait on one connection.
/// </summary>
/// <param name="write">
/// Gives each write its outcome, or adds it here again if its row stays locked for the given time. Never throws.
/// </param>
/// <param name="connections">Maximum number of rows that are tried at the same time.</param>
internal sealed class LockedRows(Func<List<PendingWrite>, TimeSpan, Task> write, int connections) : IAsyncDisposable
{
    // The same number as for a batch queue.
    private const int MostWaiting = 2_000;

    /// <summary>The longest wait of a write. Shorter than the default Command Timeout, so that its outcome is known.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>The longest wait of one try. After that the connection is free for another row.</summary>
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Database, byte[] Lookup), Row> _rows = new(RowOrder.Instance);
    private readonly SemaphoreSlim _connections = new(connections);
    private int _waiting;

    /// <summary>Adds the write if its row is known to be locked. False otherwise.</summary>
    /// <exception cref="StoreUnavailableException">Too many writes are waiting.</exception>
    public bool TryAdd(PendingWrite queued)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(queued.Row, out var row))
            {
                return false;
            }

            if (_waiting >= MostWaiting)
            {
                throw new StoreUnavailableException("Too many requests are waiting for the store. Try again in a moment.");
            }

            row.Waiting.Add(queued);
            _waiting++;
            return true;
        }
    }

    /// <summary>Another session has locked the row of these writes.</summary>
    public void Add(List<PendingWrite> writes)
    {
        var key = writes[0].Row;
        lock (_lock)
        {
            _waiting += writes.Count;
            if (!_rows.TryGetValue(key, out var row))
            {
                row = _rows[key] = new Row();
                row.Writing = Task.Run(() => WriteAsync(key, row));
            }

            row.Waiting.AddRange(writes);
        }
    }

    /// <summary>Fails the writes that have waited too long, and returns the others.</summary>
    public static List<PendingWrite> FailLate(List<PendingWrite> writes)
    {
        var isLate = writes.ToLookup(queued => Remaining(queued) <= TimeSpan.Zero);
        foreach (var late in isLate[true])
        {
            late.Fail(new StoreUnavailableException(
                "Another session of the database has locked this entry, and nothing was written. Try again in a moment."));
        }

        return [.. isLate[false]];
    }

    /// <summary>Call it when no more writes are added. Completes when the waiting writes have their outcomes.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] writing;
        lock (_lock)
        {
            writing = [.. _rows.Values.Select(row => row.Writing)];
        }

        await Task.WhenAll(writing);
        _connections.Dispose();
    }

    private async Task WriteAsync((int Database, byte[] Lookup) key, Row row)
    {
        while (true)
        {
            TimeSpan patience;
            lock (_lock)
            {
                _waiting -= row.Waiting.Count;
                row.Waiting = FailLate(row.Waiting);
                _waiting += row.Waiting.Count;
                if (row.Waiting.Count == 0)
                {
                    _rows.Remove(key);
                    return;
                }

                patience = ShortestOf(row.Waiting);
            }

            if (await _connections.WaitAsync(patience))
            {
                await TryAsync(row);
                _connections.Release();
            }
        }
    }

    private Task TryAsync(Row row)
    {
        List<PendingWrite> writes;
        lock (_lock)
        {
            (writes, row.Waiting) = (row.Waiting, []);
            _waiting -= writes.Count;
        }

        var patience = ShortestOf(writes);
        return write(writes, patience < LongestTry ? patience : LongestTry);
    }

    private static TimeSpan ShortestOf(List<PendingWrite> writes) =>
        TimeSpan.FromMilliseconds(Math.Max(1, writes.Min(Remaining).TotalMilliseconds));

    private static TimeSpan Remaining(PendingWrite queued) => Patience - Stopwatch.GetElapsedTime(queued.Since);

    private sealed class Row
    {
        public List<PendingWrite> Waiting { get; set; } = [];

        public Task Writing { get; set; } = Task.CompletedTask;
    }
}

/// <summary>Order of the primary keys. Transactions that lock several rows lock them in this order, so that they do not deadlock.</summary>
internal sealed class RowOrder : IComparer<(int Database, byte[] Lookup)>, IEqualityComparer<(int Database, byte[] Lookup)>
{
    public static readonly RowOrder Instance = new();

    public int Compare((int Database, byte[] Lookup) x, (int Database, byte[] Lookup) y) =>
        x.Database.CompareTo(y.Database) is not 0 and var order ? order : x.Lookup.AsSpan().SequenceCompareTo(y.Lookup);

    public bool Equals((int Database, byte[] Lookup) x, (int Database, byte[] Lookup) y) => Compare(x, y) == 0;

    public int GetHashCode((int Database, byte[] Lookup) row)
    {
        var hash = default(HashCode);
        hash.Add(row.Database);
        hash.AddBytes(row.Lookup);
        return hash.ToHashCode();
    }
}
