using DumbKv.Application;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <param name="Items">Maximum number of items in a batch.</param>
/// <param name="Bytes">Approximate maximum size of a batch.</param>
/// <param name="MaxConcurrency">Maximum number of concurrent batches, each on its own connection.</param>
/// <param name="ScaleUpThreshold">Number of waiting items that starts another batch while one is running.</param>
internal sealed record BatchLimits(int Items, int Bytes, int MaxConcurrency, int ScaleUpThreshold);

/// <summary>
/// Batches items that wait: a worker takes all items that arrived while it was busy. So a single request never waits for others,
/// and many requests share the cost of a round trip, on both sides of the connection.
/// </summary>
/// <param name="work">Processes a batch. Must not throw.</param>
/// <param name="bytesOf">Approximate size of an item.</param>
/// <param name="limits">The limits of a batch.</param>
internal sealed class BatchQueue<TItem>(Func<List<TItem>, Task> work, Func<TItem, int> bytesOf, BatchLimits limits) : IAsyncDisposable
{
    // If more items wait, new ones are refused.
    private const int MostWaiting = 2_000;

    /// <summary>A batch that takes longer may be on a connection that hangs, so another batch starts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Queue<TItem> _waiting = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Timer? _patience;
    private bool _isLate;
    private int _running;
    private bool _closed;

    /// <exception cref="StoreUnavailableException">The queue is full, or the server is stopping.</exception>
    public void Add(TItem item)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw new StoreUnavailableException("The server is stopping. Try again in a moment.");
            }

            if (_waiting.Count == MostWaiting)
            {
                throw new StoreUnavailableException("Too many requests are waiting for the store. Try again in a moment.");
            }

            _waiting.Enqueue(item);
            if (_running == 0 || _waiting.Count >= limits.ScaleUpThreshold || _isLate)
            {
                StartAnother();
            }
        }
    }

    /// <summary>Refuses new items, and completes when the waiting ones are processed.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_running == 0)
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

    /// <summary>Queued to the thread pool, so that items that arrive together share a batch. The caller must hold the lock.</summary>
    private void StartAnother()
    {
        if (_waiting.Count > 0 && _running < limits.MaxConcurrency)
        {
            _running++;
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
                if (--_running == 0 && _closed)
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
