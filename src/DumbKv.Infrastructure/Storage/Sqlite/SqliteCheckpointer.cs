using Microsoft.EntityFrameworkCore;
using SQLitePCL;
using static SQLitePCL.raw;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Copies pages from the WAL into the file, a few at a time and on its own thread. Without it, SQLite copies them in the commit that
/// fills the WAL, and every write waits about ten milliseconds for that.
/// </summary>
internal sealed class SqliteCheckpointer(
    IDbContextFactory<SqliteKvDbContext> contexts, SqliteWriteLock writeLock, SqliteReaderPool readers, SqliteLocation location) : IDisposable
{
    /// <summary>Approximate number of pages that one checkpoint copies. Writers wait for its last part.</summary>
    private const int PagesOfACheckpoint = 100;

    private const int PageBytes = 4_096;

    private readonly Lazy<bool> _isNeeded = new(() => location is { JournalMode: SqliteJournalMode.Wal, Checkpoints: true });
    private readonly AutoResetEvent _due = new(false);
    private readonly Lock _lock = new();
    private Thread? _thread;
    private long _pages;
    private volatile bool _closed;

    /// <summary>Called after a commit. Starts a checkpoint when enough pages are in the WAL.</summary>
    /// <param name="rows">The rows that were written. Each has changed about one page.</param>
    /// <param name="bytes">The size of their values.</param>
    public void NoteCommit(int rows, long bytes)
    {
        if (!_isNeeded.Value || Interlocked.Add(ref _pages, rows + (bytes / PageBytes)) < PagesOfACheckpoint)
        {
            return;
        }

        Interlocked.Exchange(ref _pages, 0);
        lock (_lock)
        {
            if (_thread is null && !_closed)
            {
                _thread = new Thread(RunAll) { IsBackground = true, Name = "SQLite checkpoints" };
                _thread.Start();
            }
        }

        _due.Set();
    }

    /// <summary>Waits for the checkpoint that is running. SQLite copies the rest when the last connection is closed.</summary>
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

    private void RunAll()
    {
        SqliteSession? session = null;
        while (_due.WaitOne() && !_closed)
        {
            try
            {
                session ??= new SqliteSession(contexts);
                Checkpoint(session.Handle);
            }
            catch (Exception)
            {
                // The next checkpoint tries again. Or the server is stopping, and its services are gone. An exception would end the process.
            }
        }

        session?.Dispose();
    }

    /// <summary>If it fails, the next one copies more. If all fail, SQLite itself does it in a commit that finds the WAL too long.</summary>
    private void Checkpoint(sqlite3 connection)
    {
        // Copies nearly all pages, while writes continue.
        _ = sqlite3_wal_checkpoint_v2(connection, null, SQLITE_CHECKPOINT_PASSIVE, out _, out _);

        // Copies the pages written in the meantime, and syncs the file. SQLite reuses the WAL from its start only after all of it was
        // copied and no snapshot needs it.
        using var held = writeLock.Acquire();
        readers.EndSnapshots();
        _ = sqlite3_wal_checkpoint_v2(connection, null, SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        readers.EndSnapshots();
    }
}
