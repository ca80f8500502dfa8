using System.Collections.Concurrent;
using System.Diagnostics;
using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// The pool's connections, transactions on them, and the retries after a connection was lost. A transaction that was sent ends
/// in one of three ways: it is committed, it is known to be rolled back, or its outcome is unknown
/// (<see cref="OutcomeUnknownException"/>).
/// </summary>
internal sealed class PostgresConnections(NpgsqlDataSource source)
{
    private const int CheckTimeoutSeconds = 1;

    // The process ids of closed connections are removed from time to time. The cost is one more check.
    private const int MostRemembered = 1_000;

    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Two retries within half a second. By then a failover, or the replacement of a connection that the database closed, is complete,
    /// or takes so long that the client should know. EF Core's own retries buffer each result in memory.
    /// </summary>
    private static readonly TimeSpan[] RetryDelays = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)];

    // By the process id of the backend, which is all that Npgsql shows of the physical connection.
    private readonly ConcurrentDictionary<int, long> _lastAnswers = [];

    /// <summary>For statements that can be repeated.</summary>
    public ValueTask<NpgsqlConnection> OpenToReadAsync() => source.OpenConnectionAsync();

    /// <summary>
    /// Runs statements in one transaction and one round trip. BEGIN and COMMIT are part of the batch: without them a distributed
    /// PostgreSQL (Citus) commits each statement by itself.
    /// </summary>
    /// <returns>For each command, whether it changed a row. The commands are committed.</returns>
    /// <param name="commands">If one of them fails, it is the exception's <see cref="NpgsqlException.BatchCommand"/>.</param>
    /// <param name="lockTimeout">The longest wait for one lock.</param>
    /// <exception cref="OutcomeUnknownException">The commands may have been committed. With any other exception they were not.</exception>
    public async Task<List<bool>> CommitAsync(IReadOnlyList<NpgsqlBatchCommand> commands, TimeSpan lockTimeout)
    {
        var connection = await OpenToWriteAsync();
        try
        {
            return await CommitAsync(connection, commands, lockTimeout);
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    /// <summary>Retries work that is known to have had no effect, if a retry can succeed.</summary>
    public async Task<TResult> RetryAsync<TResult>(Func<Task<TResult>> work)
    {
        foreach (var delay in RetryDelays)
        {
            try
            {
                return await work();
            }
            catch (Exception exception) when (PostgresErrors.IsWorthAnotherTry(exception))
            {
                if (PostgresErrors.LosesConnection(exception))
                {
                    Renew();
                }

                await Task.Delay(delay);
            }
        }

        return await work();
    }

    /// <summary>
    /// Call it after a connection was lost, or led to a server that is not the primary. Idle connections probably have the same fault,
    /// so new ones replace them, and of several hosts the primary is looked up again.
    /// </summary>
    public void Renew()
    {
        source.Clear();
        (source as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
    }

    /// <summary>
    /// The database may have closed a connection while it was idle, and a write that is sent on it has an unknown outcome. So an
    /// idle connection has to answer a query first.
    /// </summary>
    private async Task<NpgsqlConnection> OpenToWriteAsync()
    {
        var connection = await source.OpenConnectionAsync();
        if (IsTrusted(connection) || await AnswersAsync(connection))
        {
            return connection;
        }

        await connection.DisposeAsync();
        Renew();
        return await source.OpenConnectionAsync();
    }

    private bool IsTrusted(NpgsqlConnection connection) =>
        _lastAnswers.TryGetValue(connection.ProcessID, out var since) && Stopwatch.GetElapsedTime(since) < TrustedFor;

    private static async Task<bool> AnswersAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = CheckTimeoutSeconds };
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (Exception exception) when (PostgresErrors.IsDatabaseFailure(exception))
        {
            return false;
        }
    }

    private async Task<List<bool>> CommitAsync(NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> commands, TimeSpan lockTimeout)
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
        catch (Exception exception) when (!IsRolledBack(exception, commit) && PostgresErrors.IsDatabaseFailure(exception))
        {
            throw new OutcomeUnknownException(exception);
        }

        // PostgreSQL reports success with a warning: its wait for a synchronous standby was cancelled, or a Citus node did not
        // answer the commit.
        if (warning is not null)
        {
            throw new OutcomeUnknownException(new NpgsqlException(warning.MessageText));
        }

        NoteAnswer(connection);
        return [.. commands.Select(command => command.RecordsAffected == 1)];
    }

    private void NoteAnswer(NpgsqlConnection connection)
    {
        if (_lastAnswers.Count >= MostRemembered)
        {
            _lastAnswers.Clear();
        }

        _lastAnswers[connection.ProcessID] = Stopwatch.GetTimestamp();
    }

    /// <summary>
    /// The database itself reported that a command before COMMIT failed. Commands are executed in order, so nothing was committed.
    /// This also holds for an error that ends the connection. A pooler, however, can report such an error itself, without a routine
    /// and out of order.
    /// </summary>
    private static bool IsRolledBack(Exception exception, NpgsqlBatchCommand commit) =>
        exception is PostgresException { BatchCommand: { } failed } postgres
        && failed != commit
        && (PostgresErrors.IsStatementFailure(postgres) || postgres.Routine is not null);

    /// <summary>Rolls back a failed transaction. If that fails, the connection is lost, and the transaction with it.</summary>
    private static async Task CloseAsync(NpgsqlConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception exception) when (PostgresErrors.IsDatabaseFailure(exception))
        {
            // The outcome is already decided: rolled back or unknown.
        }
    }
}

/// <summary>A transaction was sent, and it is unknown whether it was committed. It is never sent again.</summary>
internal sealed class OutcomeUnknownException(Exception cause) : Exception("The transaction may or may not have been committed.", cause)
{
    /// <summary>The exception for the client.</summary>
    public StoreUnavailableException ForCaller() => new(
        "The connection to the store broke during the write. The write may or may not have happened. Read the key, then try again.", this);
}
