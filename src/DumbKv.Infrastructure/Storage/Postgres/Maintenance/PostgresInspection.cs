using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Maintenance;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

internal sealed class PostgresInspection(IStoreProvider provider) : StoreInspection(provider)
{
    private readonly IStoreProvider _provider = provider;

    protected override async Task<Finding?> PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _provider.NeedsTurnAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (_provider.IsWorthAnotherTry(exception))
        {
            return new Finding("store", true, $"{_provider.Description} does not answer: {exception.GetBaseException().Message}");
        }
    }

    protected override async IAsyncEnumerable<Finding> InspectDatabaseAsync(
        KvDbContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var version = await AskAsync(context, "SHOW server_version", cancellationToken);
        yield return new Finding("store", false, $"{_provider.Description}, server {version[0]}");

        var checksums = await AskAsync(context, "SHOW data_checksums", cancellationToken);
        yield return new Finding("integrity", false, checksums is ["on"]
            ? "PostgreSQL checks the checksum of each page that it reads"
            : "PostgreSQL keeps no checksums in this cluster (initdb --data-checksums): a damaged page is found by chance");
    }
}
