using Microsoft.EntityFrameworkCore;
using SQLitePCL;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Copies from the WAL into the file what was written, on a thread of its own and in small parts. SQLite would do it within the
/// commit that fills the WAL, and every write would wait some ten milliseconds for it.
/// </summary>
internal sealed class SqliteCheckpointer(
    IDbContextFactory<SqliteKvDbContext> contexts, SqliteWriteLock writeLock, SqliteReaderPool readers, SqliteLocation location) : IDisposable
{
    /// <summary>Of the file: about so many are copied at a time, if the disk keeps up. What they cost at the end, writers wait for.</summary>
    private const int PagesOfAPart = 100;

    private const int PageBytes = 4_096;

    private readonly Lazy<bool> _hasWal = new(() => location.JournalMode == SqliteJournalMode.Wal);
    private readonly AutoResetEvent _due = new(false);
    private readonly Lock _lock = new();
    private Thread? _thread;
    private long _pages;
    private volatile bool _closed;

    /// <param name="rows">Each of them has changed a page of its own, more or less.</param>
    /// <param name="bytes">What they hold.</param>
    public void Wrote(int rows, long bytes)
    {
        if (!_hasWal.Value || Interlocked.Add(ref _pages, rows + (bytes / PageBytes)) < PagesOfAPart)
        {
            return;
        }

        Interlocked.Exchange(ref _pages, 0);
        lock (_lock)
        {
            if (_thread is null && !_closed)
            {
                _thread = new Thread(CopyAll) { IsBackground = true, Name = "SQLite checkpoints" };
                _thread.Start();
            }
        }

        _due.Set();
    }

    /// <summary>Ends when the part that is being copied is. SQLite copies the rest with the last connection's end.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
        }

        _due.Set();
        _thread?.Join();
        _due.Dispose();
    }

    private void CopyAll()
    {
        SqliteSession? session = null;
        while (_due.WaitOne() && !_closed)
        {
            try
            {
                session ??= new SqliteSession(contexts);
                Copy(session.Handle);
            }
            catch (Exception)
            {
                // It is tried again with the next part; or the server stops, and its services are gone. Nothing may end the process from here.
            }
        }

        session?.Dispose();
    }

    /// <summary>Where it fails, the next part has more to copy; and the commit that finds the WAL too long.</summary>
    private void Copy(sqlite3 connection)
    {
        // Beside the writes, nearly all of it.
        _ = sqlite3_wal_checkpoint_v2(connection, null, SQLITE_CHECKPOINT_PASSIVE, out _, out _);

        // What came meanwhile, and the file's fsync: only a WAL that has been copied to its end begins anew. Nothing that an old
        // snapshot may still need is copied over, and one that was begun before the end keeps the WAL.
        using var held = writeLock.Acquire();
        readers.EndSnapshots();
        _ = sqlite3_wal_checkpoint_v2(connection, null, SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        readers.EndSnapshots();
    }
}
