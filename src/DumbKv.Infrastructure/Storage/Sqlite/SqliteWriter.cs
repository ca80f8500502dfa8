using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>The one session that writes. To open one costs as much as a write.</summary>
internal sealed class SqliteWriter(IDbContextFactory<SqliteKvDbContext> contexts, SqliteReaders readers) : IDisposable
{
    private SqliteSession? _session;

    /// <summary>In one transaction, which is on disk when this returns; where this fails nothing was written.</summary>
    /// <returns>For each write, whether it changed a row.</returns>
    public bool[] Write(IReadOnlyList<EntryWrite> writes)
    {
        try
        {
            _session ??= new SqliteSession(contexts);

            // Immediate: a transaction that began as a reader may be refused to become a writer.
            _session.Prepare("BEGIN IMMEDIATE").Execute();
            var changed = new bool[writes.Count];
            for (var index = 0; index < changed.Length; index++)
            {
                changed[index] = _session.Execute(EntrySql.For(writes[index]), writes[index]);
            }

            Commit(_session);
            return changed;
        }
        catch
        {
            // Whatever state it is in, the next one begins afresh.
            Dispose();
            throw;
        }
    }

    private void Commit(SqliteSession session)
    {
        readers.BeginCommit();
        try
        {
            session.Prepare("COMMIT").Execute();
        }
        finally
        {
            readers.EndCommit();
        }
    }

    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }
}
