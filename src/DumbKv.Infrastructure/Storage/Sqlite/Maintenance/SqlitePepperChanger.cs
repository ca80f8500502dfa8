using System.Diagnostics;
using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

/// <summary>
/// Uses its own connection beside the server's. SQLite overwrites the old row with zeros (secure_delete). The old row is then still in
/// the write-ahead log, until a checkpoint truncates that.
/// </summary>
internal sealed class SqlitePepperChanger(IDatabase database, SqliteLocation location) : PepperChanger(database)
{
    /// <summary>A server's reads end after some milliseconds, a backup's or a check's can take longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    protected override async Task ExchangeAsync(Func<StoredKey, StoredKey?> next, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await SqliteCopy.BeginWriteAsync(connection, cancellationToken);
        await using var context = SqliteCopy.CreateContext(connection);
        var store = await context.Store.AsNoTracking().SingleOrDefaultAsync(cancellationToken) ?? throw NotUsedYet();
        if (next(store.Key) is { } key)
        {
            await SqliteCopy.RunAsync(
                connection,
                "UPDATE store SET store_key = $key, store_key_pepper = $pepper, pepper_fingerprint = $earlier, first_pepper_is_store_key = $first",
                cancellationToken,
                new SqliteParameter("$key", key.Key),
                new SqliteParameter("$pepper", key.PepperFingerprint ?? (object)DBNull.Value),
                new SqliteParameter("$earlier", key.EarlierFingerprint),
                new SqliteParameter("$first", key.FirstPepperIsKey));
        }

        await SqliteCopy.RunAsync(connection, "COMMIT", cancellationToken);
    }

    protected override async Task<bool> RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var since = Stopwatch.GetTimestamp();
        while (await SqliteCopy.RunAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken) is not 0L)
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                return false;
            }

            await Task.Delay(RetryDelay, cancellationToken);
        }

        return true;
    }

    private async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteCopy.OpenAsync(location.RealFile, SqliteOpenMode.ReadWrite, cancellationToken);
        await SqliteCopy.RunAsync(connection, "PRAGMA synchronous = FULL", cancellationToken);
        await SqliteCopy.RunAsync(connection, "PRAGMA secure_delete = ON", cancellationToken);

        // A rollback journal has the old row too. A file with a WAL has none.
        await SqliteCopy.BeginReadAsync(connection, cancellationToken);
        var mode = await SqliteCopy.RunAsync(connection, "PRAGMA journal_mode", cancellationToken);
        await SqliteCopy.RunAsync(connection, "COMMIT", cancellationToken);
        if (mode is not "wal")
        {
            await SqliteCopy.RunAsync(connection, "PRAGMA journal_mode = TRUNCATE", cancellationToken);
        }

        return connection;
    }
}
