using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace DumbKv.Infrastructure.Storage;

/// <summary>
/// Plain SQL, in the context's transaction, if it has one. A LINQ query needs EF Core's model and is compiled, which takes time at each start
/// and memory afterwards.
/// </summary>
internal static class RawQuery
{
    /// <summary>All rows. The parameters are named in the SQL: @name.</summary>
    public static async Task<List<T>> ListAsync<T>(
        this DatabaseFacade database, string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, long Value)[] parameters)
    {
        await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            command.Transaction = database.CurrentTransaction?.GetDbTransaction();
            command.CommandTimeout = database.GetCommandTimeout() ?? command.CommandTimeout;
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
        finally
        {
            await database.CloseConnectionAsync();
        }
    }

    /// <summary>The only row, or the default of <typeparamref name="T"/> if there is none.</summary>
    public static async Task<T?> SingleAsync<T>(
        this DatabaseFacade database, string sql, Func<DbDataReader, T?> read, CancellationToken cancellationToken, params (string Name, long Value)[] parameters) =>
        (await database.ListAsync(sql, read, cancellationToken, parameters)).SingleOrDefault();

    /// <summary>The first column of the only row. NULL and no row are the default of <typeparamref name="T"/>.</summary>
    public static Task<T?> ScalarAsync<T>(this DatabaseFacade database, string sql, CancellationToken cancellationToken) =>
        database.SingleAsync(sql, row => row[0] is T value ? value : default, cancellationToken);
}
