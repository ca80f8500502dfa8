using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace DumbKv.Infrastructure.Persistence.Maintenance;

/// <summary>A store has the schema of this version, no older and no newer one.</summary>
internal static class SchemaRule
{
    /// <summary>What is wrong and what to do; null where nothing is.</summary>
    public static async Task<string?> FindFaultAsync(KvDbContext context, CancellationToken cancellationToken)
    {
        var applied = await context.GetService<IHistoryRepository>().ExistsAsync(cancellationToken)
            ? (await context.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList()
            : [];
        var known = context.Database.GetMigrations().ToList();

        if (applied.Count == 0)
        {
            return "there is no DumbKV store in it. Start a server on it once, or name another.";
        }

        if (applied.Except(known).LastOrDefault() is { } newer)
        {
            return $"was made by a newer version (migration {newer}). Use that version.";
        }

        return known.Except(applied).ToList() is { Count: > 0 } missing
            ? $"the migration {missing[0]} is missing. Start this version's server on it once."
            : null;
    }
}
