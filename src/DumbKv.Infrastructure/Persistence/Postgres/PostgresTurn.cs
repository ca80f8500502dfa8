using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>
/// Makes long work the business of one replica: a lock that lives as long as a transaction, which works behind a pooler
/// that hands connections out by the transaction. Nothing depends on it but that work is not done twice.
/// </summary>
internal sealed class PostgresTurn(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    private const long UpgradeLock = 0x44756D624B56; // "DumbKV"

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
                Parameters = { new() { Value = UpgradeLock } },
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
