using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// What a check reads. With a WAL it reads the store itself, beside the writers; the WAL grows until the check has read
/// everything, which takes less room than a copy of the store. In a rollback journal's mode a reader keeps the writers
/// waiting, so the check reads a copy.
/// </summary>
internal sealed class SqliteSnapshot(SqliteLocation location) : IAsyncDisposable
{
    private SqliteConnection? _copy;

    /// <summary>The end of the file is missing.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>SQLite's journal mode of the store. All modes with a rollback journal are "delete" in a file that no server uses.</summary>
    public string JournalMode { get; private set; } = string.Empty;

    /// <summary>Takes the copy where one is needed and there is room for it. On a full or read-only disk the check reads the store itself.</summary>
    public async Task TakeAsync(Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        await using var source = await SqliteCopy.OpenToReadAsync(location.RealFile, cancellationToken);
        JournalMode = (string)(await SqliteCopy.RunAsync(source, "PRAGMA journal_mode", cancellationToken))!;
        await SqliteCopy.RunAsync(source, "BEGIN", cancellationToken);
        await SqliteCopy.RunAsync(source, "SELECT count(*) FROM sqlite_master", cancellationToken);
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

    /// <summary>Null where there is no copy.</summary>
    public KvDbContext? CreateContext() => _copy is null ? null : SqliteCopy.CreateContext(_copy);

    public async ValueTask DisposeAsync()
    {
        if (_copy is not null)
        {
            await _copy.DisposeAsync();
        }
    }
}
