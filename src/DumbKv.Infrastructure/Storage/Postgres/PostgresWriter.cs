using DumbKv.Application;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Group commit. Writes that wait at the same time share a round trip, a transaction and its fsync. EF Core is not used, because it
/// cannot send them together.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A write completes after the commit, with its own outcome. If it fails, nothing of it was written, unless the outcome is
/// unknown (<see cref="OutcomeUnknownException"/>). The client is told which.</item>
/// <item>A statement that fails rolls the transaction back. The other writes are written without it (<see cref="DivideAsync"/>).</item>
/// <item>A write to a row that another session has locked waits separately from the others (<see cref="LockedRows"/>).</item>
/// <item>A transaction with an unknown outcome is never sent again. A put can be confirmed (<see cref="ConfirmAsync"/>).</item>
/// </list>
/// </remarks>
internal sealed class PostgresWriter : IAsyncDisposable
{
    // Bounds how long the other writes of a transaction wait. One transaction runs at a time until it is full: more of them would
    // divide the same writes among more commits.
    private static readonly BatchLimits Limits = new(Items: 256, Bytes: 8_000_000, MaxConcurrency: 4, ScaleUpThreshold: 64);

    /// <summary>Maximum number of connections for rows that other sessions have locked, one row each.</summary>
    private const int LockedRowConnections = 4;

    /// <summary>The other writes of a batch wait this long too.</summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(200);

    // After a failover the address can lead to a standby until that is promoted.
    private static readonly TimeSpan[] ConfirmDelays = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(1)];

    private readonly PostgresConnections _connections;
    private readonly KvMetrics _metrics;
    private readonly BatchQueue<PendingWrite> _queue;
    private readonly LockedRows _lockedRows;

    public PostgresWriter(PostgresConnections connections, KvMetrics metrics)
    {
        (_connections, _metrics) = (connections, metrics);
        _queue = new(batch => WriteAsync(batch, LockTimeout), queued => queued.Write.Bytes, Limits);
        _lockedRows = new(WriteAsync, LockedRowConnections);
    }

    /// <returns>Whether the write changed a row.</returns>
    public Task<bool> WriteAsync(EntryWrite write)
    {
        var queued = new PendingWrite(write);
        if (!_lockedRows.TryAdd(queued))
        {
            _queue.Add(queued);
        }

        return queued.Outcome;
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _lockedRows.DisposeAsync();
    }

    private async Task WriteAsync(List<PendingWrite> batch, TimeSpan lockTimeout)
    {
        var writes = batch.OrderBy(queued => queued.Row, RowOrder.Instance).ToList();
        List<NpgsqlBatchCommand> commands = [];
        try
        {
            var changed = await _connections.RetryAsync(() =>
            {
                commands = writes.ConvertAll(queued => PostgresCommands.Write(queued.Write));
                return _connections.CommitAsync(commands, lockTimeout);
            });
            Complete(writes, index => writes[index].Succeed(changed[index]));
        }
        catch (OutcomeUnknownException exception)
        {
            await ConfirmAsync(writes, exception);
        }
        catch (PostgresException exception) when (commands.FindIndex(command => command == exception.BatchCommand) is >= 0 and var failed)
        {
            await DivideAsync(writes, failed, exception, lockTimeout);
        }
        catch (Exception exception)
        {
            Complete(writes, index => writes[index].Fail(exception));
        }
    }

    /// <summary>
    /// One statement failed, and the transaction is rolled back. The writes before and after it are written without it. If another
    /// session has locked its row, it waits for the lock separately.
    /// </summary>
    private async Task DivideAsync(List<PendingWrite> writes, int failed, PostgresException exception, TimeSpan lockTimeout)
    {
        var before = writes[..failed];
        var behind = writes[(failed + 1)..];
        if (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            var ofTheRow = behind.TakeWhile(queued => RowOrder.Instance.Equals(queued.Row, writes[failed].Row)).Count();
            _lockedRows.Add(writes[failed..(failed + 1 + ofTheRow)]);

            // With many locked rows, or a locked table, the waits add up.
            behind = LockedRows.FailLate(behind[ofTheRow..]);
        }
        else
        {
            Complete([writes[failed]], _ => writes[failed].Fail(exception));
        }

        if (before.Count > 0)
        {
            await WriteAsync(before, lockTimeout);
        }

        if (behind.Count > 0)
        {
            await WriteAsync(behind, lockTimeout);
        }
    }

    /// <summary>
    /// Only this write made this version, and no client has received it yet. So an update that finds the version proves that the
    /// write was committed, and the commit of the update makes both as durable as any write. A read would not: it shows a row before
    /// it is replicated. If the update fails or finds nothing, the outcome stays unknown. The write is not sent again, because another
    /// client may have changed the row since.
    /// </summary>
    private async Task ConfirmAsync(List<PendingWrite> writes, OutcomeUnknownException unknown)
    {
        HashSet<PendingWrite> confirmed;
        try
        {
            // A missing row does not show which delete removed it.
            confirmed = await FindCommittedAsync(writes.FindAll(queued => queued.Write.Entry is not null));
        }
        catch (Exception exception)
        {
            Complete(writes, index => writes[index].Fail(exception));
            return;
        }

        Complete(writes, index =>
        {
            if (confirmed.Contains(writes[index]))
            {
                writes[index].Succeed(changed: true);
            }
            else
            {
                writes[index].Fail(unknown);
            }
        });
    }

    private async Task<HashSet<PendingWrite>> FindCommittedAsync(List<PendingWrite> puts)
    {
        for (var attempt = 0; puts.Count > 0 && attempt <= ConfirmDelays.Length; attempt++)
        {
            try
            {
                var commands = puts.ConvertAll(queued => PostgresCommands.Confirm(queued.Write));
                var found = await _connections.CommitAsync(commands, LockTimeout);
                return [.. puts.Where((_, index) => found[index])];
            }
            catch (Exception exception) when (PostgresErrors.IsDatabaseFailure(exception))
            {
                // It changes nothing, so it can be repeated. After a timeout the client has waited long enough.
                if (PostgresErrors.IsTimeout(exception) || attempt == ConfirmDelays.Length)
                {
                    break;
                }

                if (PostgresErrors.LosesConnection(exception))
                {
                    _connections.Renew();
                }

                await Task.Delay(ConfirmDelays[attempt]);
            }
        }

        return [];
    }

    private void Complete(List<PendingWrite> writes, Action<int> complete)
    {
        for (var index = 0; index < writes.Count; index++)
        {
            complete(index);
        }

        _metrics.WroteBatch(writes.Count, writes.Select(queued => queued.Since));
    }
}
