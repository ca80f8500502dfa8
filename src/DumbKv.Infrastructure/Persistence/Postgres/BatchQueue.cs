using System.Threading.Channels;
using DumbKv.Application;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>
/// What waits is taken together: a few workers, each of which takes all that has come while it was busy. So a lone caller
/// waits for nobody, and many share what a round trip costs, on both sides of the connection.
/// </summary>
internal sealed class BatchQueue<TItem> : IAsyncDisposable
{
    // Past that a caller does better to come again.
    private const int MostWaiting = 2_000;

    private readonly Channel<TItem> _waiting = Channel.CreateBounded<TItem>(MostWaiting);
    private readonly Func<List<TItem>, Task> _work;
    private readonly Func<TItem, int> _bytes;
    private readonly (int Items, int Bytes) _most;
    private readonly Task _workers;

    /// <param name="work">Never throws.</param>
    /// <param name="bytes">About what an item weighs.</param>
    /// <param name="most">Of a batch.</param>
    /// <param name="workers">Batches that are under way at the same time, each on a connection of its own.</param>
    public BatchQueue(Func<List<TItem>, Task> work, Func<TItem, int> bytes, (int Items, int Bytes) most, int workers)
    {
        (_work, _bytes, _most) = (work, bytes, most);
        _workers = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync)));
    }

    /// <exception cref="StoreUnavailableException">Too much waits already.</exception>
    public void Add(TItem item)
    {
        if (!_waiting.Writer.TryWrite(item))
        {
            throw new StoreUnavailableException("More calls are waiting than the store can take. Try again in a moment.");
        }
    }

    /// <summary>Takes nothing more, and ends when what waits is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _workers;
    }

    private async Task WorkAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var batch = new List<TItem>();
            for (var bytes = 0; batch.Count < _most.Items && bytes < _most.Bytes && _waiting.Reader.TryRead(out var item); bytes += _bytes(item))
            {
                batch.Add(item);
            }

            if (batch.Count > 0)
            {
                await _work(batch);
            }
        }
    }
}
