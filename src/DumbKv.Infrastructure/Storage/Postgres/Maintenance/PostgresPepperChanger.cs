using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure.Storage.Maintenance;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

/// <summary>
/// TRUNCATE gives the table a new file and frees the old one at the commit. An UPDATE would leave the old row in the file, and even
/// VACUUM FULL keeps it while an older snapshot is open.
/// </summary>
internal sealed class PostgresPepperChanger(IDatabase database) : PepperChanger(database)
{
    private readonly IDatabase _database = database;

    protected override async Task ExchangeAsync(Func<StoredKey, StoredKey?> next, CancellationToken cancellationToken)
    {
        await using var context = _database.CreateContext();
        try
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.Database.ExecuteSqlRawAsync("SET LOCAL lock_timeout = '4s'; LOCK TABLE store IN ACCESS EXCLUSIVE MODE", cancellationToken);
            var store = await context.Store.AsNoTracking().SingleOrDefaultAsync(cancellationToken) ?? throw NotUsedYet();
            if (next(store.Key) is not { } key)
            {
                return;
            }

            await context.Database.ExecuteSqlRawAsync("TRUNCATE store", cancellationToken);
            context.Store.Add(store.With(key));
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, "Another session of the database has locked the table store. Nothing was changed. Repeat the command.");
        }
    }

    protected override Task<bool> RemoveLeftoversAsync(CancellationToken cancellationToken) => Task.FromResult(true);
}
