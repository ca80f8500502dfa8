using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>
/// Group commit: writes that wait together share a round trip, a transaction and its fsync, each with a statement and an
/// outcome of its own. Nobody is answered before the commit. Past EF Core, for it has no way to send them together.
/// </summary>
internal sealed class PostgresWrites : IAsyncDisposable
{
    // What a transaction may hold: for that long its neighbours wait. One at a time, as long as it is not full: more of them
    // would split the same writes among more commits.
    private static readonly BatchLimits Limits = new(Items: 256, Bytes: 8_000_000, UnderWay: 4, Next: 64);

    private readonly NpgsqlDataSource _source;
    private readonly KvMetrics _metrics;
    private readonly BatchQueue<QueuedWrite> _queue;

    public PostgresWrites(NpgsqlDataSource source, KvMetrics metrics)
    {
        (_source, _metrics) = (source, metrics);
        _queue = new(WriteAsync, queued => queued.Write.Bytes, Limits);
    }

    /// <summary>Whether it changed a row, once that is as safe as the database makes it.</summary>
    public Task<bool> WriteAsync(EntryWrite write)
    {
        var queued = new QueuedWrite(write);
        _queue.Add(queued);
        return queued.Outcome;
    }

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    private async Task WriteAsync(List<QueuedWrite> batch)
    {
        var writes = batch.OrderBy(queued => (queued.Write.Database, queued.Write.Lookup), RowOrder.Instance).ToList();
        try
        {
            var attempt = await PostgresRetries.RunAsync(() => TryAsync(writes));
            if (attempt.Failure is null)
            {
                Succeed(writes, attempt.Changed);
            }
            else
            {
                await ConfirmAsync(writes, attempt.Failure);
            }
        }
        catch (Exception exception) when (PostgresErrors.IsTheStatements(exception) && writes.Count > 1)
        {
            // Nothing of it was written. One of them is to blame, or the disk has room for some and not for all.
            // Beside the next batch: a row that somebody else has locked holds up nobody but its own writers.
            writes.ForEach(queued => _ = WriteAsync([queued]));
            return;
        }
        catch (Exception exception)
        {
            writes.ForEach(queued => queued.Fail(exception));
        }

        _metrics.WroteBatch(writes.Count, writes.Select(queued => queued.Since));
    }

    /// <summary>What fails before the statements are sent, or ends in the database's own refusal, changed nothing and is thrown.</summary>
    private async Task<(List<bool> Changed, Exception? Failure)> TryAsync(List<QueuedWrite> writes)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        var commands = writes.ConvertAll(queued => PostgresCommands.Write(queued.Write));
        if (commands.Count > 1)
        {
            // Ends with the transaction. A row that stays locked for longer is waited for alone.
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('lock_timeout', '200ms', true)"));
        }

        commands.ForEach(batch.BatchCommands.Add);
        try
        {
            // No transaction is begun, for a batch is one of itself: all of it is written or nothing.
            await batch.ExecuteNonQueryAsync();
            return (commands.ConvertAll(command => command.RecordsAffected == 1), null);
        }
        catch (Exception exception) when (PostgresErrors.LeavesOutcomeUnknown(exception))
        {
            return ([], exception);
        }
    }

    /// <summary>
    /// A read would show a row before it is replicated, so this is a write of its own: once it is answered, all before it is
    /// as safe as a write can be. Only this very write made this version: nobody is told of it yet.
    /// </summary>
    private async Task ConfirmAsync(List<QueuedWrite> writes, Exception failure)
    {
        // That a row is gone does not tell who removed it.
        var puts = writes.FindAll(queued => queued.Write.Entry is not null);
        var there = puts.Count == 0 ? [] : await PostgresRetries.RunAsync(async () =>
        {
            await using var connection = await _source.OpenConnectionAsync();
            await using var batch = new NpgsqlBatch(connection);
            puts.ForEach(queued => batch.BatchCommands.Add(PostgresCommands.Confirm(queued.Write)));
            await batch.ExecuteNonQueryAsync();
            return puts.Where((_, index) => batch.BatchCommands[index].RecordsAffected == 1).ToHashSet();
        });

        foreach (var queued in writes)
        {
            if (there.Contains(queued))
            {
                queued.Succeed(changed: true);
            }
            else
            {
                queued.Fail(new StoreUnavailableException(
                    "The connection to the store broke during the write, which may have happened or not. Read the key, then try again.", failure));
            }
        }
    }

    private static void Succeed(List<QueuedWrite> writes, List<bool> changed)
    {
        for (var index = 0; index < writes.Count; index++)
        {
            writes[index].Succeed(changed[index]);
        }
    }
}
