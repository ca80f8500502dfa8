using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure.Storage.Maintenance;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres.Maintenance;

/// <summary>
/// TRUNCATE gives the table a new file and frees the old one at the commit. An UPDATE would leave the old row in the file, and even
/// VACUUM FULL keeps it while an older snapshot is open.
/// </summary>
internal sealed class PostgresPepperChanger(IDatabase database, NpgsqlDataSource source) : PepperChanger(database)
{
    private const string Columns = "id, original_rows_left, minimum_schema, store_key, store_key_pepper, pepper_fingerprint, first_pepper_is_store_key";

    protected override async Task ExchangeAsync(Func<StoredKey, StoredKey?> next, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await RunAsync("SET LOCAL lock_timeout = '4s'");
            await RunAsync("LOCK TABLE store IN ACCESS EXCLUSIVE MODE");
            await using var read = new NpgsqlCommand($"SELECT {Columns} FROM store", connection, transaction);
            var row = new object[7];
            await using (var reader = await read.ExecuteReaderAsync(cancellationToken))
            {
                if (!await reader.ReadAsync(cancellationToken))
                {
                    throw NotUsedYet();
                }

                reader.GetValues(row);
            }

            if (next(new StoredKey(row[3] as byte[], row[4] as byte[], row[5] as byte[], (bool)row[6])) is not { } key)
            {
                return;
            }

            await RunAsync("TRUNCATE store");
            await using var insert = new NpgsqlCommand($"INSERT INTO store ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)", connection, transaction);
            foreach (var value in new[] { row[0], row[1], row[2], key.Key, key.PepperFingerprint, key.EarlierFingerprint, key.FirstPepperIsKey })
            {
                insert.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            }

            await insert.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);

            async Task RunAsync(string sql)
            {
                await using var command = new NpgsqlCommand(sql, connection, transaction);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, "Another session of the database has locked the table store. Nothing was changed. Repeat the command.");
        }
    }

    protected override Task<bool> RemoveLeftoversAsync(CancellationToken cancellationToken) => Task.FromResult(true);
}
