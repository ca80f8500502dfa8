using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;

namespace DumbKv.Infrastructure.Storage.Maintenance;

/// <summary>
/// Rewrites the one row of the table store in one transaction, so that a kill leaves it as it was or as it should be. Then removes what
/// is left of the old row in the files of the database.
/// </summary>
internal abstract class PepperChanger(IDatabase database) : IPepperChanger
{
    public async Task<PepperChangeResult> ChangeAsync(PepperChange change, Pepper pepper, Pepper? previous, CancellationToken cancellationToken)
    {
        await RequireStoreAsync(cancellationToken);
        var isChanged = false;
        var firstPepperIsKey = false;
        await ExchangeAsync(
            stored =>
            {
                var next = Next(stored, change, pepper, previous);
                (isChanged, firstPepperIsKey) = (next is not null, (next ?? stored).FirstPepperIsKey);
                return next;
            },
            cancellationToken);
        return new PepperChangeResult(isChanged, firstPepperIsKey, await RemoveLeftoversAsync(cancellationToken));
    }

    /// <summary>Replaces the stored key in one transaction, which no other change of it overlaps.</summary>
    /// <param name="next">Returns the new stored key, or null to keep it.</param>
    /// <param name="cancellationToken">Ends the wait for other users of the database.</param>
    protected abstract Task ExchangeAsync(Func<StoredKey, StoredKey?> next, CancellationToken cancellationToken);

    /// <summary>False if other users of the database prevent it. Another call tries again.</summary>
    protected abstract Task<bool> RemoveLeftoversAsync(CancellationToken cancellationToken);

    protected StartRefusedException NotUsedYet() => Refuse("no server has used this store yet. Start a server on it once.");

    private static StoredKey? Next(StoredKey stored, PepperChange change, Pepper pepper, Pepper? previous)
    {
        if (!stored.HasPepper)
        {
            return (change, stored.Open(null, null)) switch
            {
                (PepperChange.Remove, _) => null,
                (_, { Fault: StoredKeyFault.Damaged }) => throw ForSetting("the store key was altered in the database. Restore a backup."),
                (_, { Key: { } key }) when stored.Key is not null => change == PepperChange.Add
                    ? StoredKey.Of(key, pepper, stored.FirstPepperIsKey)
                    : throw ForSetting("this store has no pepper yet. Run dumbkv pepper add."),
                _ => throw ForSetting(PepperCheck.Refusal(StoredKeyFault.CannotHavePepper)!),
            };
        }

        var (opened, with, fault) = stored.Open(pepper, change == PepperChange.Rotate ? previous : null);
        var isFirst = stored.FirstPepperIsKey || stored.Key is null;
        return (change, fault) switch
        {
            (PepperChange.Add, StoredKeyFault.PepperWrong) => throw ForSetting("this store has another pepper. To replace it, run dumbkv pepper rotate."),
            (_, not StoredKeyFault.None) => throw ForSetting(PepperCheck.Refusal(fault)!),
            (PepperChange.Remove, _) => StoredKey.Of(opened!, null, isFirst),
            _ when with == pepper && stored.Key is not null => null,
            _ => StoredKey.Of(opened!, pepper, isFirst),
        };
    }

    private static StartRefusedException ForSetting(string what) => StartRefusedException.ForSetting("PEPPER", what);

    private async Task RequireStoreAsync(CancellationToken cancellationToken)
    {
        if (!database.Exists())
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{database.Description} does not exist. Name the store in DATABASE_LOCATION.");
        }

        try
        {
            await using var context = database.CreateContext();
            if (await SchemaCheck.RunAsync(context, cancellationToken) is { Text: { } fault })
            {
                throw Refuse(fault);
            }
        }
        catch (Exception exception) when (database.RefusalFor(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    private StartRefusedException Refuse(string what) => new(StartRefusal.UnusableStore, $"{database.Description}: {what}");
}
