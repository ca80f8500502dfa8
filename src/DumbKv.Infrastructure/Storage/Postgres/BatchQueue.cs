using DumbKv.Application;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <param name="Items">Most that one batch takes.</param>
/// <param name="Bytes">About where a batch ends that has fewer.</param>
/// <param name="MaxConcurrency">Most batches at the same time, each on a connection of its own.</param>
/// <param name="ScaleUpThreshold">So many that wait are worth another batch beside those under way.</param>
internal sealed record BatchLimits(int Items, int Bytes, int MaxConcurrency, int ScaleUpThreshold);

/// <summary>
/// What waits is taken together: a worker takes all that has come while it was busy. So a lone caller waits for nobody, and
/// many share what a round trip costs, on both sides of the connection.
/// </summary>
/// <param name="work">Never throws.</param>
/// <param name="bytesOf">About what an item weighs.</param>
/// <param name="limits">Of the batches.</param>
internal sealed class BatchQueue<TItem>(Func<List<TItem>, Task> work, Func<TItem, int> bytesOf, BatchLimits limits) : IAsyncDisposable
{
    // Past that a caller does better to come again.
    private const int MostWaiting = 2_000;

    /// <summary>A batch that takes longer may have met a connection that hangs: the next one does not wait for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Queue<TItem> _waiting = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Timer? _patience;
    private bool _isLate;
    private int _underWay;
    private bool _closed;

    /// <exception cref="StoreUnavailableException">Too much waits already, or the server stops.</exception>
    public void Add(TItem item)
    {
        lock (_lock)
        {
            if (_closed || _waiting.Count == MostWaiting)
            {
                throw new StoreUnavailableException("More calls are waiting than the store can take. Try again in a moment.");
            }

            _waiting.Enqueue(item);
            if (_underWay == 0 || _waiting.Count >= limits.ScaleUpThreshold || _isLate)
            {
                StartAnother();
            }
        }
    }

    /// <summary>Takes nothing more, and ends when what waits is done.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_underWay == 0)
            {
                _done.TrySetResult();
            }
        }

        await _done.Task;
        if (_patience is not null)
        {
            await _patience.DisposeAsync();
        }
    }

    /// <summary>In the thread pool, and by its turn: what arrives together with the first comes along. Under the lock.</summary>
    private void StartAnother()
    {
        if (_waiting.Count > 0 && _underWay < limits.MaxConcurrency)
        {
            _underWay++;
            _ = Task.Run(WorkAsync);
        }
    }

    private void NoteLate()
    {
        lock (_lock)
        {
            _isLate = true;
            StartAnother();
        }
    }

    private async Task WorkAsync()
    {
        while (TakeBatch() is { } batch)
        {
            await work(batch);
        }
    }

    private List<TItem>? TakeBatch()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                if (--_underWay == 0 && _closed)
                {
                    _done.TrySetResult();
                }

                return null;
            }

            var batch = new List<TItem>();
            for (var bytes = 0; batch.Count < limits.Items && bytes < limits.Bytes && _waiting.TryDequeue(out var item); bytes += bytesOf(item))
            {
                batch.Add(item);
            }

            _isLate = false;
            _patience ??= new Timer(static queue => ((BatchQueue<TItem>)queue!).NoteLate(), this, Timeout.Infinite, Timeout.Infinite);
            _patience.Change(Patience, Timeout.InfiniteTimeSpan);
            return batch;
        }
    }
}
