using System.Collections.Concurrent;
using DumbKv.Infrastructure.Storage.Postgres;

namespace DumbKv.IntegrationTests.Storage;

public sealed class BatchQueueTests
{
    /// <summary>Items that arrive immediately after the batch, and when the batch is known to be late.</summary>
    [TestCase(0)]
    [TestCase(200)]
    public async Task Items_behind_a_batch_that_hangs_are_processed_without_a_later_arrival(int millisecondsBehind)
    {
        var hang = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = new ConcurrentDictionary<int, TaskCompletionSource>();
        await using var queue = new BatchQueue<int>(
            batch =>
            {
                batch.ForEach(item => Taken(item).SetResult());
                return batch.Contains(1) ? hang.Task : Task.CompletedTask;
            },
            _ => 0,
            new BatchLimits(Items: 10, Bytes: 10, MaxConcurrency: 2, ScaleUpThreshold: 10));

        queue.Add(1);
        await Taken(1).Task;
        await Task.Delay(millisecondsBehind);
        queue.Add(2);

        try
        {
            await Taken(2).Task.WaitAsync(TimeSpan.FromSeconds(5));
        }
        finally
        {
            hang.SetResult();
        }

        TaskCompletionSource Taken(int item) => taken.GetOrAdd(item, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
