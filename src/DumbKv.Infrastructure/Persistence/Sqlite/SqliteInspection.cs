using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence.Maintenance;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

internal sealed class SqliteInspection(IStoreProvider provider, SqliteLocation location) : StoreInspection(provider)
{
    protected override async IAsyncEnumerable<Finding> InspectDatabaseAsync(
        KvDbContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (location.IsMemory || !File.Exists(location.File))
        {
            yield return new Finding("store", true, $"{location.File} does not exist. Name the store's file in DATABASE_LOCATION.");
            yield break;
        }

        yield return new Finding("store", false, $"{location}, {new FileInfo(location.File).Length} bytes");

        var (mode, faults) = await CheckPagesAsync(context, cancellationToken);
        if (faults.Count > 0)
        {
            yield return new Finding("integrity", true, $"the file is damaged. Stop the server and restore a backup. SQLite says: {string.Join("; ", faults.Take(3))}");
            yield break;
        }

        yield return new Finding("integrity", false, "every page and index is whole");
        yield return new Finding("journal", false, $"{mode}; a server on this drive uses {location.JournalMode}");
    }

    /// <summary>A file that is damaged enough does not even open.</summary>
    private static async Task<(string Mode, List<string> Faults)> CheckPagesAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        try
        {
            var mode = (await AskAsync(context, "PRAGMA journal_mode", cancellationToken))[0];
            var answers = await AskAsync(context, "PRAGMA integrity_check", cancellationToken);
            return (mode, answers is ["ok"] ? [] : answers);
        }
        catch (SqliteException exception)
        {
            return (string.Empty, [exception.Message]);
        }
    }
}
