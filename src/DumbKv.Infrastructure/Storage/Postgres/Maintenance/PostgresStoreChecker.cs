using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Maintenance;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

internal sealed class PostgresStoreChecker(IDatabase database, ILegacyStore legacy, DatabaseOptions options) : StoreChecker(database, legacy, options)
{
    private readonly IDatabase _database = database;

    protected override async Task<Finding?> PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.NeedsLockAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (_database.IsWorthAnotherTry(exception))
        {
            return new Finding(FindingKind.Store, true, $"{_database.Description} does not answer: {exception.GetBaseException().Message}");
        }
    }

    protected override async IAsyncEnumerable<Finding> CheckDatabaseAsync(
        KvDbContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var version = await context.Database.ScalarAsync<string>("SHOW server_version", cancellationToken);
        yield return new Finding(FindingKind.Store, false, $"{_database.Description}, server {version}");

        var checksums = await context.Database.ScalarAsync<string>("SHOW data_checksums", cancellationToken);
        yield return new Finding(FindingKind.Integrity, false, checksums == "on"
            ? "PostgreSQL verifies the checksum of each page that it reads"
            : "this PostgreSQL cluster has no checksums (initdb --data-checksums), so a damaged page may go undetected");
    }
}
