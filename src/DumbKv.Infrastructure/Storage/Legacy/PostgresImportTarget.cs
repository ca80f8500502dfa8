using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Postgres;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>Imports the original server's entries into a PostgreSQL store, and scrubs their ciphertext there.</summary>
internal sealed class PostgresImportTarget(IDbContextFactory<PostgresKvDbContext> contexts) : IImportTarget
{
    public async Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
        IReadOnlyList<ReencryptedEntry> batch, bool removeOriginals, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        return await ImportTransaction.ImportAsync(
            context, batch, removeOriginals ? $"DELETE FROM {LegacyTable.Name} WHERE ctid = CAST({{0}} AS tid)" : null, now, cancellationToken);
    }

    public async Task ScrubAsync(CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        var left = await context.Database.ScalarAsync<long>($"SELECT count(*) FROM {LegacyTable.Name}", cancellationToken);
        var scrubbed = (await context.Store.AsNoTracking().SingleAsync(cancellationToken)).OriginalRowsLeft;

        if (left == 0)
        {
            await RunAsync(context, $"DROP TABLE {LegacyTable.Name}", cancellationToken);
        }
        else if (left != scrubbed)
        {
            // Rows that remain are the same at each start, so the table is rewritten once.
            await RunAsync(context, $"VACUUM FULL {LegacyTable.Name}", cancellationToken);
        }

        await context.Database.ExecuteSqlAsync($"UPDATE store SET original_rows_left = {(left == 0 ? (long?)null : left)}", cancellationToken);
    }

    private async Task<PostgresKvDbContext> OpenAsync(CancellationToken cancellationToken)
    {
        var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Database.SetCommandTimeout(TimeSpan.FromHours(6));
        return context;
    }

    private static Task<int> RunAsync(PostgresKvDbContext context, string sql, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlRawAsync(sql, cancellationToken);
}
