using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>
/// Connections for writes. A pooled connection may have been closed by the database while it was idle. A write that is sent on
/// it fails with an unknown outcome, so an idle connection answers a query first.
/// </summary>
internal sealed class PostgresConnections(NpgsqlDataSource source)
{
    private const int CheckTimeoutSeconds = 1;

    // Process ids of closed connections are forgotten from time to time. The cost is one more check.
    private const int MostRemembered = 1_000;

    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(500);

    // By the process id of the backend: Npgsql shows nothing else of the physical connection.
    private readonly ConcurrentDictionary<int, long> _lastAnswers = [];

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = await source.OpenConnectionAsync();
        if (IsTrusted(connection) || await AnswersAsync(connection))
        {
            return connection;
        }

        // The others were probably closed at the same time. The next connection is a new one.
        await connection.DisposeAsync();
        source.Clear();
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

    /// <summary>For a server that is read-only: a standby, or a primary before its promotion. New connections look for the primary again.</summary>
    public void Renew() => source.Clear();

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
