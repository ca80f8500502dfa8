using System.Threading.Channels;
using DumbKv.Application;
using DumbKv.Infrastructure.Storage.Postgres;
using FluentAssertions;

namespace DumbKv.UnitTests.Infrastructure;

public sealed class BatchQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<Batch> _batches = Channel.CreateUnbounded<Batch>();

    /// <summary>Items that arrive immediately after the batch, and when the batch is known to be late.</summary>
    [TestCase(0)]
    [TestCase(200)]
    public async Task Items_behind_a_batch_that_hangs_are_processed_without_a_later_arrival(int millisecondsBehind)
    {
        await using var queue = Queue(new BatchLimits(Items: 10, Bytes: 10, MaxConcurrency: 2, ScaleUpThreshold: 10));
        queue.Add(0);
        var hanging = await NextAsync();
        await Task.Delay(millisecondsBehind);
        queue.Add(1);

        var behind = await NextAsync();

        behind.Items.Should().Equal(1);
        Complete(behind, hanging);
    }

    [Test]
    public async Task Items_that_arrive_during_a_batch_share_the_next_one_in_their_order()
    {
        await using var queue = Queue(OneAtATime);
        var running = await StartAsync(queue);
        Add(queue, 1, 2, 3);

        Complete(running);

        var next = await NextAsync();
        next.Items.Should().Equal(1, 2, 3);
        Complete(next);
    }

    [Test]
    public async Task A_batch_has_a_maximum_number_of_items()
    {
        await using var queue = Queue(OneAtATime with { Items = 2 });
        var running = await StartAsync(queue);
        Add(queue, 1, 2, 3, 4, 5);

        (await RunAllAsync(running, 3)).Should().BeEquivalentTo<int[]>([[1, 2], [3, 4], [5]], options => options.WithStrictOrdering());
    }

    /// <summary>An item's number is its size.</summary>
    [Test]
    public async Task A_batch_ends_with_the_item_that_reaches_its_size()
    {
        await using var queue = Queue(OneAtATime with { Bytes = 10 });
        var running = await StartAsync(queue);
        Add(queue, 4, 6, 4, 5, 7, 100, 1);

        (await RunAllAsync(running, 4)).Should().BeEquivalentTo<int[]>([[4, 6], [4, 5, 7], [100], [1]], options => options.WithStrictOrdering());
    }

    [Test]
    public async Task Many_waiting_items_start_another_batch_immediately_up_to_the_maximum_number_of_batches()
    {
        await using var queue = Queue(OneAtATime with { MaxConcurrency = 2, ScaleUpThreshold = 1, Items = 1 });
        Add(queue, 0, 0, 0, 0);
        var first = await NextAsync();
        var second = await NextAsync();
        _batches.Reader.TryRead(out _).Should().BeFalse("two batches run");

        Complete(first);
        var third = await NextAsync();
        Complete(second);
        var fourth = await NextAsync();

        fourth.Running.Should().Be(2);
        Complete(third, fourth);
    }

    [Test]
    public async Task A_queue_that_was_empty_starts_again()
    {
        await using var queue = Queue(OneAtATime);
        for (var item = 1; item <= 100; item++)
        {
            queue.Add(item);
            var batch = await NextAsync();
            batch.Items.Should().Equal(item);
            Complete(batch);
        }
    }

    [Test]
    public async Task A_full_queue_refuses_items_until_a_batch_is_taken()
    {
        await using var queue = Queue(OneAtATime with { Items = 1_000 });
        var running = await StartAsync(queue);
        Add(queue, [.. Enumerable.Repeat(0, 2_000)]);

        queue.Invoking(full => full.Add(0)).Should().Throw<StoreUnavailableException>()
            .WithMessage("Too many requests are waiting for the store. Try again in a moment.");
        Complete(running);
        var taken = await NextAsync();
        queue.Add(0);

        (await RunAllAsync(taken, 2)).Select(batch => batch.Length).Should().Equal(1_000, 1);
    }

    [Test]
    public async Task A_stop_completes_the_waiting_items_and_refuses_new_ones()
    {
        var queue = Queue(OneAtATime with { Items = 1 });
        var running = await StartAsync(queue);
        Add(queue, 1, 2);

        var stop = queue.DisposeAsync().AsTask();

        queue.Invoking(stopping => stopping.Add(3)).Should().Throw<StoreUnavailableException>().WithMessage("The server is stopping. Try again in a moment.");
        stop.IsCompleted.Should().BeFalse();
        (await RunAllAsync(running, 2)).Should().BeEquivalentTo<int[]>([[1], [2]], options => options.WithStrictOrdering());
        await stop.WaitAsync(Patience);
    }

    [Test]
    public async Task A_stop_waits_for_every_batch_that_runs()
    {
        var queue = Queue(OneAtATime with { MaxConcurrency = 2, ScaleUpThreshold = 1, Items = 1 });
        Add(queue, 0, 0);
        var first = await NextAsync();
        var second = await NextAsync();

        var stop = queue.DisposeAsync().AsTask();
        Complete(first);

        await FluentActions.Awaiting(() => stop.WaitAsync(TimeSpan.FromMilliseconds(50))).Should().ThrowAsync<TimeoutException>();
        Complete(second);
        await stop.WaitAsync(Patience);
    }

    [Test]
    public async Task A_queue_that_was_never_used_stops_immediately()
    {
        await Queue(OneAtATime).DisposeAsync().AsTask().WaitAsync(Patience);
    }

    private static BatchLimits OneAtATime => new(Items: 100, Bytes: 1_000, MaxConcurrency: 1, ScaleUpThreshold: 100);

    private int _running;

    private BatchQueue<int> Queue(BatchLimits limits) => new(
        async items =>
        {
            var batch = new Batch([.. items], Interlocked.Increment(ref _running));
            _batches.Writer.TryWrite(batch).Should().BeTrue();
            await batch.Completion.Task;
            Interlocked.Decrement(ref _running);
        },
        item => item,
        limits);

    private static void Add(BatchQueue<int> queue, params int[] items)
    {
        foreach (var item in items)
        {
            queue.Add(item);
        }
    }

    /// <summary>A batch that runs, so that all further items wait.</summary>
    private async Task<Batch> StartAsync(BatchQueue<int> queue)
    {
        queue.Add(0);
        return await NextAsync();
    }

    private async Task<Batch> NextAsync() => await _batches.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>The items of the given number of batches after <paramref name="running"/>, one batch after another.</summary>
    private async Task<List<int[]>> RunAllAsync(Batch running, int count)
    {
        var all = new List<int[]>();
        Complete(running);
        for (var number = 0; number < count; number++)
        {
            var batch = await NextAsync();
            all.Add(batch.Items);
            Complete(batch);
        }

        return all;
    }

    private static void Complete(params Batch[] batches)
    {
        foreach (var batch in batches)
        {
            batch.Completion.SetResult();
        }
    }

    /// <param name="Items">In the order in which the queue gave them.</param>
    /// <param name="Running">The number of batches that ran when it began, itself included.</param>
    private sealed record Batch(int[] Items, int Running)
    {
        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
