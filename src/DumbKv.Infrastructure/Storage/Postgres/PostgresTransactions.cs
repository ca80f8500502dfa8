using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Runs statements in one transaction and one round trip. BEGIN and COMMIT are part of the batch: without them a distributed
/// PostgreSQL (Citus) commits each statement by itself.
/// </summary>
internal sealed class PostgresTransactions(PostgresConnections connections)
{
    /// <summary>Returns when the commands are committed: for each, whether it changed a row.</summary>
    /// <param name="commands">A failed transaction is named by its command: <see cref="NpgsqlException.BatchCommand"/>.</param>
    /// <param name="lockTimeout">The longest wait for one lock.</param>
    /// <exception cref="OutcomeUnknownException">They may have been committed. With any other exception nothing was.</exception>
    public async Task<List<bool>> RunAsync(IReadOnlyList<NpgsqlBatchCommand> commands, TimeSpan lockTimeout)
    {
        var connection = await connections.OpenToWriteAsync();
        try
        {
            return await RunAsync(connection, commands, lockTimeout);
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    private async Task<List<bool>> RunAsync(NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> commands, TimeSpan lockTimeout)
    {
        PostgresNotice? warning = null;
        connection.Notice += (_, received) => warning = received.Notice.InvariantSeverity == "WARNING" ? received.Notice : warning;

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('lock_timeout', $1, true)")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = $"{(int)lockTimeout.TotalMilliseconds}" } },
        });
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        var commit = new NpgsqlBatchCommand("COMMIT");
        batch.BatchCommands.Add(commit);

        try
        {
            await batch.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (!IsRolledBack(exception, commit) && PostgresErrors.Translate(exception) is not null)
        {
            throw new OutcomeUnknownException(exception);
        }

        // PostgreSQL reports a commit and warns: its wait for a synchronous standby was cancelled, or a node of Citus did not
        // answer the commit.
        if (warning is not null)
        {
            throw new OutcomeUnknownException(new NpgsqlException(warning.MessageText));
        }

        connections.NoteAnswer(connection);
        return [.. commands.Select(command => command.RecordsAffected == 1)];
    }

    /// <summary>
    /// The database itself reported that a command before COMMIT failed. It works on them in order, so it has not committed.
    /// This also holds for an error that ends the connection, but a pooler between may report one in its own name, without a
    /// routine and out of order.
    /// </summary>
    private static bool IsRolledBack(Exception exception, NpgsqlBatchCommand commit) =>
        exception is PostgresException { BatchCommand: { } failed } postgres
        && failed != commit
        && (PostgresErrors.IsTheStatements(postgres) || postgres.Routine is not null);

    /// <summary>A failed transaction is rolled back here. If that fails, the connection is lost, and the transaction with it.</summary>
    private static async Task CloseAsync(NpgsqlConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception exception) when (PostgresErrors.Translate(exception) is not null)
        {
            // The outcome is known already, or it is known to be unknown.
        }
    }
}

/// <summary>A transaction was sent, and it may have been committed or not. It is never sent again.</summary>
internal sealed class OutcomeUnknownException(Exception cause) : Exception("The transaction may have been committed or not.", cause)
{
    /// <summary>What the caller is told.</summary>
    public StoreUnavailableException ForCaller() => new(
        "The connection to the store broke during the write, which may have happened or not. Read the key, then try again.", this);
}
