using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// The pool's connections. The database may have closed one while it was idle. A write that is sent on it fails with an unknown
/// outcome, so an idle connection answers a query first.
/// </summary>
internal sealed class PostgresConnections(NpgsqlDataSource source)
{
    private const int CheckTimeoutSeconds = 1;

    // Process ids of closed connections are forgotten from time to time. The cost is one more check.
    private const int MostRemembered = 1_000;

    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(500);

    // By the process id of the backend: Npgsql shows nothing else of the physical connection.
    private readonly ConcurrentDictionary<int, long> _lastAnswers = [];

    /// <summary>For what may be repeated.</summary>
    public ValueTask<NpgsqlConnection> OpenToReadAsync() => source.OpenConnectionAsync();

    public async Task<NpgsqlConnection> OpenToWriteAsync()
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

    /// <summary>The database has answered on it just now.</summary>
    public void NoteAnswer(NpgsqlConnection connection)
    {
        if (_lastAnswers.Count >= MostRemembered)
        {
            _lastAnswers.Clear();
        }

        _lastAnswers[connection.ProcessID] = Stopwatch.GetTimestamp();
    }

    /// <summary>
    /// After a connection was lost, or led to a server that is not the primary: idle ones are probably no better. The next
    /// ones are new, and of several hosts the primary is looked for again.
    /// </summary>
    public void Renew()
    {
        source.Clear();
        (source as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
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
        catch (Exception exception) when (PostgresErrors.Translate(exception) is not null)
        {
            return false;
        }
    }
}
