using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage;

internal enum SchemaState
{
    Current,

    /// <summary>The database has no table of migrations, or an empty one.</summary>
    NoStore,

    /// <summary>This program has migrations that the store does not have.</summary>
    Older,

    /// <summary>A newer version changed the store, possibly in a way that this program does not support.</summary>
    Newer,
}

/// <summary>Whether this program can open a store. The server's start and each command run it.</summary>
/// <param name="State">The store's schema compared with this program's.</param>
/// <param name="Text">What is wrong and what to do. Null if the schema is current.</param>
internal sealed record SchemaCheck(SchemaState State, string? Text)
{
    /// <summary>Reads the schema and changes nothing.</summary>
    public static async Task<SchemaCheck> RunAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        var applied = await context.Database.ScalarAsync<long>(context.CountMigrationTables, cancellationToken) == 1
            ? await context.Database.ListAsync("""SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY "MigrationId" """, row => row.GetString(0), cancellationToken)
            : [];
        var known = context.Database.GetMigrations().ToList();

        if (applied.Count == 0)
        {
            return new(SchemaState.NoStore, "there is no DumbKV store in it. Start a server on it once, restore a backup, or name another store.");
        }

        var minimum = applied.Contains(known.Single(name => name.EndsWith($"_{StoreSchema.MinimumSchemaMigration}", StringComparison.Ordinal)))
            ? await context.Database.SingleAsync($"SELECT minimum_schema FROM store WHERE id = {StoreInfo.TheOnlyId}", row => (int?)row.GetInt32(0), cancellationToken)
            : null;

        if (minimum > StoreSchema.Number)
        {
            return new(
                SchemaState.Newer,
                $"a newer version of DumbKV made this store. It needs schema {minimum}, and this version has schema {StoreSchema.Number}. Use the newer version.");
        }

        // The store records no minimum, so an unknown migration is refused.
        if (minimum is null && applied.Except(known).LastOrDefault() is { } unknown)
        {
            return new(
                SchemaState.Newer, $"a newer version of DumbKV changed this store (migration {unknown}), and the store does not record that this version can open it. Use the newer version.");
        }

        return known.Except(applied).FirstOrDefault() is { } missing
            ? new(SchemaState.Older, $"the migration {missing} is missing. Start this version's server on it once.")
            : new(SchemaState.Current, null);
    }

    /// <summary>For work that does not need the current schema, or that migrates the store.</summary>
    /// <exception cref="StartRefusedException">A newer version made the store.</exception>
    public static async Task<SchemaCheck> RefuseNewerAsync(KvDbContext context, string description, CancellationToken cancellationToken)
    {
        var check = await RunAsync(context, cancellationToken);
        return check.State == SchemaState.Newer ? throw new StartRefusedException(StartRefusal.UnusableStore, $"{description}: {check.Text}") : check;
    }
}
