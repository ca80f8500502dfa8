using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace DumbKv.Infrastructure.Storage;

/// <summary>Queries for the first row, in the context's transaction, if it has one. EF Core compiles each query, which takes milliseconds of each start.</summary>
internal static class RawQuery
{
    /// <summary>The first row, or the default of <typeparamref name="T"/> if there is none.</summary>
    public static async Task<T?> FirstAsync<T>(this DatabaseFacade database, string sql, Func<DbDataReader, T?> read, CancellationToken cancellationToken)
    {
        await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            command.Transaction = database.CurrentTransaction?.GetDbTransaction();
            command.CommandTimeout = database.GetCommandTimeout() ?? command.CommandTimeout;
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            return await row.ReadAsync(cancellationToken) ? read(row) : default;
        }
        finally
        {
            await database.CloseConnectionAsync();
        }
    }

    /// <summary>The first column of the first row. NULL and no row are the default of <typeparamref name="T"/>.</summary>
    public static Task<T?> ScalarAsync<T>(this DatabaseFacade database, string sql, CancellationToken cancellationToken) =>
        database.FirstAsync(sql, row => row[0] is T value ? value : default, cancellationToken);
}
