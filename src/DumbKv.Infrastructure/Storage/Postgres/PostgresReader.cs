using DumbKv.Domain.Entries;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Reads that wait at the same time share a round trip, each with its own statement. EF Core is not used: its context and query cost
/// more than the read (docs/decisions/0009).
/// </summary>
internal sealed class PostgresReader : IAsyncDisposable
{
    // Values can have up to 64 MB. A read of a small value should not wait for many large ones.
    private static readonly BatchLimits Limits = new(Items: 32, Bytes: int.MaxValue, MaxConcurrency: 4, ScaleUpThreshold: 8);

    private readonly PostgresConnections _connections;
    private readonly BatchQueue<QueuedRead> _queue;

    public PostgresReader(PostgresConnections connections)
    {
        _connections = connections;
        _queue = new(ReadAsync, _ => 0, Limits);
    }

    /// <summary>The row, expired or not. Null if there is none.</summary>
    public Task<Entry?> FindAsync(EntryId id)
    {
        var read = new QueuedRead(id);
        _queue.Add(read);
        return read.Outcome.Task;
    }

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    private async Task ReadAsync(List<QueuedRead> reads)
    {
        try
        {
            await _connections.RetryAsync(() => TryAsync(reads));
        }
        catch (Exception exception) when (PostgresErrors.IsStatementFailure(exception) && reads.Count > 1)
        {
            // One of them failed, for example because of a damaged row. The others are read without it.
            foreach (var read in reads.FindAll(read => !read.Outcome.Task.IsCompleted))
            {
                _ = ReadAsync([read]);
            }
        }
        catch (Exception exception)
        {
            reads.ForEach(read => read.Outcome.TrySetException(exception));
        }
    }

    private async Task<bool> TryAsync(List<QueuedRead> reads)
    {
        var open = reads.FindAll(read => !read.Outcome.Task.IsCompleted);

        await using var connection = await _connections.OpenToReadAsync();
        await using var batch = new NpgsqlBatch(connection);
        open.ForEach(read => batch.BatchCommands.Add(PostgresCommands.Find(read.Id)));

        await using var rows = await batch.ExecuteReaderAsync();
        foreach (var read in open)
        {
            read.Outcome.SetResult(await rows.ReadAsync() ? PostgresCommands.Read(read.Id, rows) : null);
            await rows.NextResultAsync();
        }

        return true;
    }

    private sealed record QueuedRead(EntryId Id)
    {
        // Continuations run in the thread pool, so that the next row is read immediately.
        public TaskCompletionSource<Entry?> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
