using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// A lock for work that one replica does for all that share a database. It lasts as long as a transaction, so it also works behind
/// a pooler that assigns a connection for one transaction. If the connection breaks, the lock is lost, so each step of the work
/// is a transaction of its own.
/// </summary>
internal sealed class PostgresAdvisoryLock(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    /// <summary>Held while the store is initialized.</summary>
    public const long Initialization = 0x44756D624B56; // "DumbKV"

    /// <summary>Held while expired entries are removed.</summary>
    public const long Sweep = Initialization + 1;

    /// <summary>Acquires the lock on its own connection. Null if another session holds it.</summary>
    public static async Task<PostgresAdvisoryLock?> TryAcquireAsync(string connectionString, long key, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await TryAcquireAsync(transaction, key, cancellationToken))
            {
                return new PostgresAdvisoryLock(connection, transaction);
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

    /// <summary>Acquires the lock until the transaction ends. False if another session holds it.</summary>
    public static async Task<bool> TryAcquireAsync(NpgsqlTransaction transaction, long key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", transaction.Connection, transaction)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = key } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
