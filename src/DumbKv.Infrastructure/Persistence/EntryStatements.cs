using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Persistence;

/// <summary>
/// The statements of a request. Each names one row by its primary key and decides its condition inside the
/// database, so that no two callers can both win. SQLite and PostgreSQL read the same SQL.
/// </summary>
internal static class EntryStatements
{
    /// <summary>Compiled once for each store: a compiled query belongs to one provider's model.</summary>
    public static Func<KvDbContext, int, byte[], CancellationToken, Task<Entry?>> CompileFind() =>
        EF.CompileAsyncQuery((KvDbContext context, int database, byte[] lookup, CancellationToken _) =>
            context.Entries.AsNoTracking().FirstOrDefault(entry => entry.Database == database && entry.Lookup == lookup));

    /// <summary>Number of rows written: 0 or 1.</summary>
    public static Task<int> WriteAsync(this KvDbContext context, Entry entry, Precondition condition, DateTimeOffset at)
    {
        var now = at.ToUnixTimeMilliseconds();
        var flags = (int)entry.Flags;

        return context.Database.ExecuteSqlAsync(condition.Kind switch
        {
            PreconditionKind.None => $"""
                INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
                VALUES ({entry.Database}, {entry.Lookup}, {entry.Version}, {entry.ExpiresAt}, {flags}, {entry.Sealed})
                ON CONFLICT (database_id, lookup) DO UPDATE
                SET version = excluded.version, expires_at = excluded.expires_at, flags = excluded.flags, sealed = excluded.sealed
                """,
            PreconditionKind.Absent => $"""
                INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
                VALUES ({entry.Database}, {entry.Lookup}, {entry.Version}, {entry.ExpiresAt}, {flags}, {entry.Sealed})
                ON CONFLICT (database_id, lookup) DO UPDATE
                SET version = excluded.version, expires_at = excluded.expires_at, flags = excluded.flags, sealed = excluded.sealed
                WHERE entries.expires_at <= {now}
                """,
            PreconditionKind.Present => $"""
                UPDATE entries
                SET version = {entry.Version}, expires_at = {entry.ExpiresAt}, flags = {flags}, sealed = {entry.Sealed}
                WHERE database_id = {entry.Database} AND lookup = {entry.Lookup}
                AND (expires_at IS NULL OR expires_at > {now})
                """,
            _ => $"""
                UPDATE entries
                SET version = {entry.Version}, expires_at = {entry.ExpiresAt}, flags = {flags}, sealed = {entry.Sealed}
                WHERE database_id = {entry.Database} AND lookup = {entry.Lookup}
                AND version = {condition.Version?.ToBytes() ?? []} AND (expires_at IS NULL OR expires_at > {now})
                """,
        });
    }

    /// <summary>Number of rows removed: 0 or 1.</summary>
    public static Task<int> DeleteAsync(this KvDbContext context, EntryId id, Precondition condition, DateTimeOffset at)
    {
        var now = at.ToUnixTimeMilliseconds();

        return context.Database.ExecuteSqlAsync(condition.Kind switch
        {
            PreconditionKind.None => $"""
                DELETE FROM entries WHERE database_id = {id.Database} AND lookup = {id.Lookup}
                """,
            PreconditionKind.Present => $"""
                DELETE FROM entries WHERE database_id = {id.Database} AND lookup = {id.Lookup}
                AND (expires_at IS NULL OR expires_at > {now})
                """,
            PreconditionKind.Version => $"""
                DELETE FROM entries WHERE database_id = {id.Database} AND lookup = {id.Lookup}
                AND version = {condition.Version?.ToBytes() ?? []} AND (expires_at IS NULL OR expires_at > {now})
                """,
            _ => throw new ArgumentException("A delete has no use for an absent entry.", nameof(condition)),
        });
    }
}
