using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>Imports the original server's entries into a SQLite store, and scrubs their ciphertext in its file.</summary>
internal sealed class SqliteImportTarget(IDbContextFactory<SqliteKvDbContext> contexts, SqliteLocation location) : IImportTarget
{
    public async Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
        IReadOnlyList<ReencryptedEntry> batch, bool removeOriginals, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        return await ImportTransaction.ImportAsync(
            context, batch, removeOriginals ? $"DELETE FROM {LegacyTable.Name} WHERE rowid = CAST({{0}} AS INTEGER)" : null, now, cancellationToken);
    }

    public async Task ScrubAsync(CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        var left = await CountAsync(context, cancellationToken);
        var scrubbed = (await context.Store.AsNoTracking().SingleAsync(cancellationToken)).OriginalRowsLeft;

        // Rows that remain are the same at each start, so the file is scrubbed once.
        if (left > 0 && left == scrubbed)
        {
            return;
        }

        // By default VACUUM would hold the whole store in memory. The directory of the store has room for it, or the disk is too small anyway.
        var folder = Path.GetDirectoryName(Path.GetFullPath(location.File))!;
        await RunAsync(context, "PRAGMA temp_store = FILE", cancellationToken);
        await RunAsync(context, $"PRAGMA temp_store_directory = '{folder.Replace("'", "''", StringComparison.Ordinal)}'", cancellationToken);
        await RunAsync(context, "VACUUM", cancellationToken);
        await TruncateWalAsync(context, cancellationToken);

        // This is the last step. After a kill before it, the table is still there, and the next start repeats the work.
        if (left == 0)
        {
            await RunAsync(context, $"DROP TABLE {LegacyTable.Name}", cancellationToken);
        }

        await context.Database.ExecuteSqlAsync($"UPDATE store SET original_rows_left = {(left == 0 ? null : left)}", cancellationToken);
        await TruncateWalAsync(context, cancellationToken);
    }

    private async Task<SqliteKvDbContext> OpenAsync(CancellationToken cancellationToken)
    {
        var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Database.SetCommandTimeout(TimeSpan.FromMinutes(30));
        await context.Database.OpenConnectionAsync(cancellationToken);
        return context;
    }

    private async Task TruncateWalAsync(SqliteKvDbContext context, CancellationToken cancellationToken)
    {
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";

        // 1: a reader prevented the truncation. Requests are not served yet, so the reader is another program.
        if (Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) != 0)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"The write-ahead log of {location.File} cannot be emptied: another program reads the file. Stop that program and start again.");
        }
    }

    private static Task<long> CountAsync(SqliteKvDbContext context, CancellationToken cancellationToken) =>
        context.Database.ScalarAsync<long>($"SELECT count(*) FROM {LegacyTable.Name}", cancellationToken);

    private static Task<int> RunAsync(SqliteKvDbContext context, string sql, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlRawAsync(sql, cancellationToken);
}
