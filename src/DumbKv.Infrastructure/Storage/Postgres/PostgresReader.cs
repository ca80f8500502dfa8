using DumbKv.Application;
using DumbKv.Domain.Entries;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Reads that wait at the same time share a round trip, each with its own statement. EF Core is not used: its context and query cost
/// more than the read (docs/decisions/0009).
/// </summary>
internal sealed class PostgresReader : IAsyncDisposable
{
    // A read of a small value should not wait for many large ones.
    private static readonly BatchLimits Limits = new(Items: 32, Bytes: 1 << 20, MaxConcurrency: 4, ScaleUpThreshold: 8);

    private readonly PostgresConnections _connections;
    private readonly BatchQueue<QueuedRead> _queue;

    public PostgresReader(PostgresConnections connections)
    {
        _connections = connections;
        _queue = new(ReadAsync, read => Math.Max(read.Large.Length, IReadBudget.UncountedBytes), Limits);
    }

    /// <summary>The row, expired or not.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="large">Memory for a large value. A larger one is left out. It is not used after the task completes.</param>
    public Task<FoundEntry> FindAsync(EntryId id, Memory<byte> large = default)
    {
        var read = new QueuedRead(id, large);
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
        open.ForEach(read => batch.BatchCommands.Add(PostgresCommands.Find(read.Id, read.Large)));

        await using var rows = await batch.ExecuteReaderAsync();
        foreach (var read in open)
        {
            read.Outcome.SetResult(await rows.ReadAsync() ? PostgresCommands.Read(read.Id, rows, read.Large) : default);
            await rows.NextResultAsync();
        }

        return true;
    }

    private sealed record QueuedRead(EntryId Id, Memory<byte> Large)
    {
        // Continuations run in the thread pool, so that the next row is read immediately.
        public TaskCompletionSource<FoundEntry> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
