using System.Collections.Concurrent;
using DumbKv.Application;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Group commit: a write and all that came while the one before was put on disk share a transaction, and so an fsync. One
/// thread of its own writes, for SQLite lets one writer in and blocks it; nobody is answered before the commit.
/// </summary>
internal sealed class SqliteWriteQueue : IDisposable
{
    // What a transaction may hold: how long a write behind it waits, and how much a disk that is full has to refuse.
    private const int BatchWrites = 256;
    private const int BatchBytes = 8_000_000;

    // What may wait: some seconds of a slow disk's work. Past that a caller does better to come again.
    private const int WaitingWrites = 2_000;
    private const int WaitingBytes = 64_000_000;

    private readonly BlockingCollection<QueuedWrite> _waiting = new(WaitingWrites);
    private readonly SqliteWriter _writer;
    private readonly SqliteTurns _turns;
    private readonly SqliteInstanceLock _instance;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly KvMetrics _metrics;
    private readonly Thread _thread;
    private long _waitingBytes;

    public SqliteWriteQueue(SqliteWriter writer, SqliteTurns turns, SqliteInstanceLock instance, SqliteCheckpoints checkpoints, KvMetrics metrics)
    {
        _writer = writer;
        _turns = turns;
        _instance = instance;
        _checkpoints = checkpoints;
        _metrics = metrics;
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    /// <summary>Whether it changed a row, once that is on disk.</summary>
    /// <exception cref="StoreException">It changed nothing.</exception>
    public Task<bool> WriteAsync(EntryWrite write)
    {
        var queued = new QueuedWrite(write);
        if (Interlocked.Add(ref _waitingBytes, write.Bytes) <= WaitingBytes + write.Bytes && _waiting.TryAdd(queued))
        {
            return queued.Outcome;
        }

        Interlocked.Add(ref _waitingBytes, -write.Bytes);
        throw new StoreUnavailableException("More writes are waiting than the disk can take. Try again in a moment.");
    }

    /// <summary>Takes no more writes, and ends when those that wait are on disk.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
        _writer.Dispose();
    }

    private void WriteAll()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            var batch = new List<QueuedWrite> { first };
            for (var bytes = first.Write.Bytes; batch.Count < BatchWrites && bytes < BatchBytes && _waiting.TryTake(out var next); bytes += next.Write.Bytes)
            {
                batch.Add(next);
            }

            Interlocked.Add(ref _waitingBytes, -batch.Sum(queued => (long)queued.Write.Bytes));
            Write(batch);
        }
    }

    private void Write(List<QueuedWrite> batch)
    {
        using var turn = _turns.ToWrite();
        try
        {
            ThrowIfNotAlone();
            var changed = _writer.Write(batch.ConvertAll(queued => queued.Write));
            foreach (var (queued, change) in batch.Zip(changed))
            {
                queued.Succeed(change);
            }
        }
        catch (Exception exception) when (batch.Count == 1 || exception is StoreException or SqliteException { SqliteErrorCode: SQLITE_BUSY })
        {
            // Another program has the file or its lock: each alone would wait for it again.
            batch.ForEach(queued => queued.Fail(SqliteErrors.Translate(exception)));
        }
        catch (Exception)
        {
            // Nothing of it was written. One of them is to blame, or the disk has room for some and not for all.
            batch.ForEach(WriteAlone);
        }

        _checkpoints.Wrote(batch.Count, batch.Sum(queued => (long)queued.Write.Bytes));
        _metrics.WroteBatch(batch.Count, batch.Select(queued => queued.Since));
    }

    private void WriteAlone(QueuedWrite queued)
    {
        try
        {
            queued.Succeed(_writer.Write([queued.Write])[0]);
        }
        catch (Exception exception)
        {
            queued.Fail(SqliteErrors.Translate(exception));
        }
    }

    /// <summary>Where the lock file was removed while this server runs, another process may have locked a new one.</summary>
    private void ThrowIfNotAlone()
    {
        try
        {
            if (_instance.TryTake())
            {
                return;
            }
        }
        catch (StartRefusedException exception)
        {
            throw new StoreUnavailableException("The store's lock file is gone. Try again.", exception);
        }

        throw new StoreUnavailableException("Another process uses the store's file. Try again.");
    }
}
