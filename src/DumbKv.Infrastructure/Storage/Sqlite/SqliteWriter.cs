using System.Collections.Concurrent;
using DumbKv.Application;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Group commit. All writes of the process go through one thread, because SQLite admits one writer at a time. Each transaction
/// takes the writes that arrived while the previous one was being committed, so that they share its fsync.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A write completes after its commit is on disk. If it fails, nothing of it was written.</item>
/// <item>Writes are executed in the order of their arrival. Each has its own statement, which checks its condition.</item>
/// <item>If a transaction of several writes fails, each of them is retried alone (<see cref="WriteAlone"/>), so that one faulty write
/// fails alone.</item>
/// <item>The queue is bounded. If it is full, a write fails immediately.</item>
/// <item><see cref="Dispose"/> completes the writes that are waiting, and later ones fail.</item>
/// </list>
/// <para>
/// Any thread calls <see cref="WriteAsync"/>. Only the writer's own thread touches the session.
/// </para>
/// </remarks>
internal sealed class SqliteWriter : IDisposable
{
    // Bounds how long the next write waits, and how many writes a full disk refuses together.
    private const int BatchWrites = 256;
    private const int BatchBytes = 8_000_000;

    // Some seconds of work for a slow disk.
    private const int WaitingWrites = 2_000;
    private const int WaitingBytes = 64_000_000;

    private readonly BlockingCollection<PendingWrite> _waiting = new(WaitingWrites);
    private readonly IDbContextFactory<SqliteKvDbContext> _contexts;
    private readonly SqliteWriteLock _writeLock;
    private readonly SqliteFileLock _fileLock;
    private readonly SqliteReaderPool _readers;
    private readonly SqliteCheckpointer _checkpointer;
    private readonly KvMetrics _metrics;
    private readonly SqliteLocation _location;
    private readonly Thread _thread;
    private SqliteSession? _session;
    private FileStatus? _file;
    private long _waitingBytes;

    public SqliteWriter(
        IDbContextFactory<SqliteKvDbContext> contexts,
        SqliteWriteLock writeLock,
        SqliteFileLock fileLock,
        SqliteReaderPool readers,
        SqliteCheckpointer checkpointer,
        KvMetrics metrics,
        SqliteLocation location)
    {
        (_contexts, _writeLock, _fileLock, _readers, _checkpointer, _metrics, _location) = (contexts, writeLock, fileLock, readers, checkpointer, metrics, location);
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    /// <returns>Whether the write changed a row.</returns>
    public Task<bool> WriteAsync(EntryWrite write)
    {
        var pending = new PendingWrite(write);
        if (Interlocked.Add(ref _waitingBytes, write.Bytes) <= WaitingBytes + write.Bytes && TryAdd(pending))
        {
            return pending.Outcome;
        }

        Interlocked.Add(ref _waitingBytes, -write.Bytes);
        throw new StoreUnavailableException("Too many writes are waiting for the disk. Try again in a moment.");
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
        CloseSession();
    }

    private bool TryAdd(PendingWrite pending)
    {
        try
        {
            return _waiting.TryAdd(pending);
        }
        catch (InvalidOperationException)
        {
            // Dispose has closed the queue, while a request is still running.
            throw new StoreUnavailableException("The server is stopping. Try again in a moment.");
        }
    }

    private void WriteAll()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            var batch = new List<PendingWrite> { first };
            for (var bytes = first.Write.Bytes; batch.Count < BatchWrites && bytes < BatchBytes && _waiting.TryTake(out var next); bytes += next.Write.Bytes)
            {
                batch.Add(next);
            }

            Interlocked.Add(ref _waitingBytes, -batch.Sum(pending => (long)pending.Write.Bytes));
            WriteBatch(batch);
        }
    }

    private void WriteBatch(List<PendingWrite> batch)
    {
        using var held = _writeLock.Acquire();
        try
        {
            var changed = Commit(batch);
            foreach (var (pending, change) in batch.Zip(changed))
            {
                pending.Succeed(change);
            }
        }
        catch (Exception exception) when (batch.Count == 1 || exception is StoreException or SqliteException { SqliteErrorCode: SQLITE_BUSY })
        {
            // There is nothing to divide, or another program has the file or its lock, and each single write would wait for it again.
            batch.ForEach(pending => pending.Fail(SqliteErrors.Translate(exception)));
        }
        catch (Exception)
        {
            // One of the writes is faulty, or the disk has space for only some of them.
            batch.ForEach(WriteAlone);
        }

        _checkpointer.NoteCommit(batch.Count, batch.Sum(pending => (long)pending.Write.Bytes));
        _metrics.WroteBatch(batch.Count, batch.Select(pending => pending.Since));
    }

    private void WriteAlone(PendingWrite pending)
    {
        try
        {
            pending.Succeed(Commit([pending])[0]);
        }
        catch (Exception exception)
        {
            pending.Fail(SqliteErrors.Translate(exception));
        }
    }

    /// <summary>Runs one transaction. It is on disk when this returns. If this throws, nothing was written.</summary>
    /// <returns>For each write, whether it changed a row.</returns>
    private bool[] Commit(List<PendingWrite> batch)
    {
        RequireFileLock();
        RequireSameFile();
        try
        {
            // The session stays open, because opening one costs as much as a write.
            _session ??= new SqliteSession(_contexts);

            // IMMEDIATE, because SQLite can refuse to upgrade a read transaction to a write transaction.
            _session.Prepare("BEGIN IMMEDIATE").Execute();
            var changed = batch.ConvertAll(pending => _session.Execute(EntrySql.For(pending.Write), pending.Write));

            _readers.BeginCommit();
            try
            {
                _session.Prepare("COMMIT").Execute();
            }
            finally
            {
                _readers.EndCommit();
            }

            return [.. changed];
        }
        catch
        {
            // Its state is unknown. The next transaction opens a new session.
            CloseSession();
            throw;
        }
    }

    private void CloseSession()
    {
        _session?.Dispose();
        _session = null;
    }

    /// <summary>
    /// For each transaction: if the file was moved or replaced while this server runs, the open session would write into a file that the
    /// next start does not use.
    /// </summary>
    private void RequireSameFile()
    {
        var file = _location.IsMemory ? null : FileStatus.Of(_location.RealFile);
        _file ??= file;
        if (_file is { } first && (file is not { } found || !found.IsSameFileAs(first)))
        {
            throw new StoreUnavailableException("The store's file was moved or replaced while the server runs. The operator must restart the server.");
        }
    }

    /// <summary>For each transaction: if the lock file was removed while this server runs, another process can lock a new one.</summary>
    private void RequireFileLock()
    {
        try
        {
            if (_fileLock.TryAcquire())
            {
                return;
            }
        }
        catch (StartRefusedException exception)
        {
            throw new StoreUnavailableException("The store's lock file is missing. Try again.", exception);
        }

        throw new StoreUnavailableException("Another process uses the store's file. Try again.");
    }
}

/// <summary>
/// Held during each write transaction, and by the checkpointer. Waiting here costs less than waiting in SQLite's busy handler, which
/// polls. A database in memory has one connection, so its reads hold the lock too.
/// </summary>
internal sealed class SqliteWriteLock(SqliteLocation location) : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    /// <summary>Blocks the thread.</summary>
    public Holder Acquire()
    {
        _semaphore.Wait();
        return new Holder(_semaphore);
    }

    /// <summary>Completes immediately for a database in a file.</summary>
    public ValueTask<Holder> AcquireForReadAsync(CancellationToken cancellationToken) =>
        location.IsMemory ? WaitAsync(cancellationToken) : ValueTask.FromResult(new Holder(null));

    public void Dispose() => _semaphore.Dispose();

    private async ValueTask<Holder> WaitAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken);
        return new Holder(_semaphore);
    }

    /// <summary>Releases the lock. Dispose it once.</summary>
    public readonly struct Holder(SemaphoreSlim? semaphore) : IDisposable
    {
        public void Dispose() => semaphore?.Release();
    }
}
