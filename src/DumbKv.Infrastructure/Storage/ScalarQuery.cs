using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace DumbKv.Infrastructure.Storage;

internal static class ScalarQuery
{
    /// <summary>
    /// The first column of the first row of a query, in the context's transaction, if it has one. NULL and no row are the default of
    /// <typeparamref name="T"/>. EF Core's own method compiles each query, which takes milliseconds of each start.
    /// </summary>
    public static async Task<T?> ScalarAsync<T>(this DatabaseFacade database, string sql, CancellationToken cancellationToken)
    {
        await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            command.Transaction = database.CurrentTransaction?.GetDbTransaction();
            command.CommandTimeout = database.GetCommandTimeout() ?? command.CommandTimeout;
            return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
        }
        finally
        {
            await database.CloseConnectionAsync();
        }
    }
}
