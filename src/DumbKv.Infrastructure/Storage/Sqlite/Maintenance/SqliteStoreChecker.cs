using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

internal sealed class SqliteStoreChecker(
    IDatabase database, ILegacyStore legacy, DatabaseOptions options, SqliteLocation location, SqliteSnapshot snapshot) : StoreChecker(database, legacy, options)
{
    private readonly IDatabase _database = database;

    protected override async Task<Finding?> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_database.Exists())
        {
            return new Finding(FindingKind.Store, true, $"{location.File} does not exist. Name the store's file in DATABASE_LOCATION.");
        }

        try
        {
            await snapshot.TakeAsync(_ => { }, cancellationToken);
            return null;
        }
        catch (SqliteException exception) when (Explain(exception) is { } finding)
        {
            return finding;
        }
    }

    protected override async IAsyncEnumerable<Finding> CheckDatabaseAsync(
        KvDbContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new Finding(FindingKind.Store, false, $"{location}, {new FileInfo(location.RealFile).Length} bytes");

        if (await FindDamageAsync(context, cancellationToken) is { } damage)
        {
            yield return damage;
            yield break;
        }

        yield return new Finding(FindingKind.Integrity, false, "all pages and indexes are undamaged");
        yield return new Finding(FindingKind.Journal, false, DescribeJournal());
    }

    private string DescribeJournal() => (snapshot.JournalMode == "wal") == (location.JournalModeName == "wal")
        ? location.JournalModeName
        : $"{snapshot.JournalMode} in the file; a server changes it to {location.JournalModeName} when it starts";

    private async Task<Finding?> FindDamageAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        if (snapshot.IsCutOff)
        {
            return new Finding(FindingKind.Integrity, true, $"{location.File} is damaged: its length does not match its contents. Stop the server and restore a backup: dumbkv restore FILE.");
        }

        try
        {
            var answers = await context.Database.ListAsync("PRAGMA integrity_check", row => row.GetString(0), cancellationToken);
            return answers is ["ok"]
                ? null
                : new Finding(FindingKind.Integrity, true, $"{location.File} is damaged. Stop the server and restore a backup: dumbkv restore FILE. SQLite says: {string.Join("; ", answers.Take(3))}");
        }
        catch (SqliteException exception) when (Explain(exception) is { } finding)
        {
            return finding;
        }
    }

    /// <summary>Only damage is a finding about the contents.</summary>
    private Finding? Explain(SqliteException exception) => SqliteErrors.Explain(exception, location.File) is { } text
        ? new Finding(SqliteErrors.CauseOf(exception) is SqliteFailure.Damaged or SqliteFailure.NotADatabase ? FindingKind.Integrity : FindingKind.Store, true, text)
        : null;
}
