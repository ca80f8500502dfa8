using System.Runtime.CompilerServices;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>The checks that both databases share. The checks of the database itself run first.</summary>
internal abstract class StoreChecker(IDatabase database, ILegacyStore legacy, DatabaseOptions options) : IStoreChecker
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await PrepareAsync(cancellationToken) is { } fault)
        {
            yield return fault;
            yield break;
        }

        await using var context = database.CreateContext();
        context.Database.SetCommandTimeout(TimeSpan.FromHours(6));

        await foreach (var finding in CheckDatabaseAsync(context, cancellationToken))
        {
            yield return finding;
            if (finding.IsFault)
            {
                yield break;
            }
        }

        if (await SchemaCheck.RunAsync(context, cancellationToken) is { Text: { } refusal })
        {
            yield return new Finding(FindingKind.Schema, true, refusal);
            yield break;
        }

        yield return new Finding(FindingKind.Schema, false, "is this version's");

        // The store is not initialized yet. The first server decides on the pepper.
        if (await context.Store.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { } store)
        {
            yield return new Finding(FindingKind.Pepper, false, "not decided: no server has used this store yet");
            yield break;
        }

        var (_, with, keyFault) = store.Key.Open(options.Pepper, options.PreviousPepper);
        yield return new Finding(FindingKind.Pepper, keyFault != StoredKeyFault.None, PepperCheck.Refusal(keyFault) ?? Describe(store.Key, with));

        if (await legacy.CountAsync(cancellationToken) is { } rows)
        {
            yield return new Finding(
                FindingKind.LegacyRows, false, $"{rows} rows are in the original server's table kv" + (rows == store.OriginalRowsLeft ? ": they could not be imported" : string.Empty));
        }
    }

    private string Describe(StoredKey key, Pepper? with) => (key, with) switch
    {
        ({ HasPepper: false, Key: null }, _) => "none, and the store cannot have one: an earlier version made it without",
        ({ HasPepper: false }, _) => "none, and the store has none. Add one with: dumbkv pepper add",
        (_, { } pepper) when pepper != options.Pepper => "the store is still encrypted with PEPPER_PREVIOUS. Run: dumbkv pepper rotate",
        ({ FirstPepperIsKey: true }, _) => "is the store's. This store's first pepper is its store key: keep it secret for the store's life; if it leaked, move to a new store",
        _ => "is the store's",
    };

    /// <summary>The first fault is the last finding.</summary>
    protected abstract IAsyncEnumerable<Finding> CheckDatabaseAsync(KvDbContext context, CancellationToken cancellationToken);

    /// <summary>Opens the database. Null if that worked.</summary>
    protected abstract Task<Finding?> PrepareAsync(CancellationToken cancellationToken);
}
