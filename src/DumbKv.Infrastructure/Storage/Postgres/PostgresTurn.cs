using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Makes the preparation of the store the business of one replica at a time: a lock that lives as long as a transaction, which works behind a pooler
/// that hands connections out by the transaction. Where it is lost half-way (its connection breaks), every step of the
/// preparation is still a transaction of its own.
/// </summary>
internal sealed class PostgresTurn(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    private const long PreparationLock = 0x44756D624B56; // "DumbKV"

    /// <summary>Null where another replica has it.</summary>
    public static async Task<PostgresTurn?> TryTakeAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection, transaction)
            {
                Parameters = { new() { Value = PreparationLock } },
            };

            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            {
                return new PostgresTurn(connection, transaction);
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
