using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// The state that a check reads. With a WAL the check reads the store itself while writers continue. The WAL grows until the check is
/// done, which takes less space than a copy of the store. With a rollback journal a reader blocks writers, so the check reads a
/// copy.
/// </summary>
internal sealed class SqliteSnapshot(SqliteLocation location) : IAsyncDisposable
{
    private SqliteConnection? _copy;

    /// <summary>The end of the file is missing.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>SQLite's journal mode of the store. A file that no server uses reports "delete" for each mode with a rollback journal.</summary>
    public string JournalMode { get; private set; } = string.Empty;

    /// <summary>Takes a copy if one is needed and there is space for it. On a full or read-only disk the check reads the store itself.</summary>
    public async Task TakeAsync(Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        await using var source = await SqliteCopy.OpenToReadAsync(location.RealFile, cancellationToken);
        await SqliteCopy.BeginReadAsync(source, cancellationToken);
        JournalMode = (string)(await SqliteCopy.RunAsync(source, "PRAGMA journal_mode", cancellationToken))!;
        IsCutOff = await SqliteCopy.IsCutOffAsync(source, location.RealFile, cancellationToken);
        await SqliteCopy.RunAsync(source, "COMMIT", cancellationToken);
        if (JournalMode == "wal" || Path.GetDirectoryName(location.RealFile) is not { } folder || !PosixFiles.IsWritable(folder))
        {
            return;
        }

        var copy = await SqliteCopy.OpenTemporaryAsync(folder, cancellationToken);
        try
        {
            await SqliteCopy.CopyAsync(source, copy, () => Task.CompletedTask, progress, cancellationToken);
            _copy = copy;
        }
        catch (SqliteException exception) when (SqliteErrors.CauseOf(exception) is SqliteFailure.DiskFull)
        {
            await copy.DisposeAsync();
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Null if there is no copy.</summary>
    public KvDbContext? CreateContext() => _copy is null ? null : SqliteCopy.CreateContext(_copy);

    public async ValueTask DisposeAsync()
    {
        if (_copy is not null)
        {
            await _copy.DisposeAsync();
        }
    }
}
