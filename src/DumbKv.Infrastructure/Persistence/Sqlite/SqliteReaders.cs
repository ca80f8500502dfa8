using System.Collections.Concurrent;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>
/// Connections that stay open with their statements prepared, as many as have ever read at the same time. To open a pooled
/// one, tell it the pragmas and have EF Core prepare its query costs several times what the read itself does.
/// </summary>
internal sealed class SqliteReaders : IDisposable
{
    /// <summary>A snapshot that nobody needs any more keeps the WAL from beginning anew.</summary>
    private const int TidyAfterMilliseconds = 10;

    private readonly IDbContextFactory<SqliteKvDbContext> _contexts;
    private readonly Lazy<bool> _keepsSnapshots;
    private readonly ConcurrentStack<SqliteReader> _idle = [];
    private readonly Timer _tidy;
    private long _writes;
    private int _isTidyDue;

    public SqliteReaders(IDbContextFactory<SqliteKvDbContext> contexts, SqliteLocation location)
    {
        _contexts = contexts;
        _keepsSnapshots = new(() => location.JournalMode == "wal"); // In another mode they would keep the writer from its commit.
        _tidy = new Timer(static readers => ((SqliteReaders)readers!).Tidy(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The row, expired or not; null where there is none.</summary>
    public Entry? Find(EntryId id)
    {
        var writes = Volatile.Read(ref _writes);
        var reader = _idle.TryPop(out var idle) ? idle : new SqliteReader(new SqliteSession(_contexts));
        try
        {
            Entry? entry;
            if (_keepsSnapshots.Value)
            {
                entry = reader.Find(id, writes);
                if (writes != Volatile.Read(ref _writes))
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

    /// <summary>Something was written: whoever begins to read after this sees it.</summary>
    public void Wrote() => Interlocked.Increment(ref _writes);

    /// <summary>All of them; where somebody reads, as soon as that is done.</summary>
    public void EndSnapshots()
    {
        Wrote();
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
