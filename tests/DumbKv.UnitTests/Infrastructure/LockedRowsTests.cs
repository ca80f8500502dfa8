using System.Threading.Channels;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Postgres;
using FluentAssertions;

namespace DumbKv.UnitTests.Infrastructure;

public sealed class LockedRowsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<Try> _tries = Channel.CreateUnbounded<Try>();

    [Test]
    public async Task A_write_to_a_row_that_is_not_known_to_be_locked_does_not_wait_here()
    {
        await using var rows = Rows(connections: 1);

        rows.TryAdd(Write(1)).Should().BeFalse();
    }

    [Test]
    public async Task Writes_to_a_locked_row_are_tried_together_in_their_order()
    {
        await using var rows = Rows(connections: 1);
        PendingWrite[] writes = [Write(1), Write(1), Write(1)];
        rows.Add([writes[0]]);
        var first = await NextAsync();

        rows.TryAdd(writes[1]).Should().BeTrue();
        rows.Add([writes[2]]);
        first.Succeed();
        var second = await NextAsync();
        second.Succeed();

        first.Writes.Should().Equal(writes[0]);
        second.Writes.Should().Equal(writes[1], writes[2]);
        (await Task.WhenAll(writes.Select(write => write.Outcome))).Should().OnlyContain(changed => changed);
    }

    [Test]
    public async Task A_row_that_is_written_is_no_longer_locked()
    {
        var rows = Rows(connections: 1);
        rows.Add([Write(1)]);
        (await NextAsync()).Succeed();
        await rows.DisposeAsync();

        rows.TryAdd(Write(1)).Should().BeFalse();
    }

    [Test]
    public async Task A_row_that_stays_locked_is_tried_again()
    {
        await using var rows = Rows(connections: 1);
        var write = Write(1);
        rows.Add([write]);
        var first = await NextAsync();

        rows.Add(first.Writes);
        first.End();

        var second = await NextAsync();
        second.Writes.Should().Equal(write);
        second.Succeed();
        (await write.Outcome).Should().BeTrue();
    }

    [Test]
    public async Task The_number_of_rows_tried_at_the_same_time_is_the_number_of_connections()
    {
        await using var rows = Rows(connections: 2);
        rows.Add([Write(1)]);
        rows.Add([Write(2)]);
        rows.Add([Write(3)]);
        var first = await NextAsync();
        var second = await NextAsync();
        _tries.Reader.TryRead(out _).Should().BeFalse("both connections are in use");

        first.Succeed();
        var third = await NextAsync();

        new[] { first, second, third }.Select(tried => tried.Writes.Single().Row.Lookup[0]).Should().BeEquivalentTo([1, 2, 3]);
        second.Succeed();
        third.Succeed();
    }

    [Test]
    public async Task A_try_waits_at_most_a_second_so_that_other_rows_get_the_connection()
    {
        await using var rows = Rows(connections: 1);
        rows.Add([Write(1)]);

        var first = await NextAsync();

        first.Patience.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        first.Succeed();
    }

    [Test]
    public async Task Too_many_waiting_writes_are_refused()
    {
        await using var rows = Rows(connections: 1);
        rows.Add([Write(1)]);
        var first = await NextAsync();
        for (var number = 0; number < 2_000; number++)
        {
            rows.TryAdd(Write(1)).Should().BeTrue();
        }

        rows.Invoking(full => full.TryAdd(Write(1))).Should().Throw<StoreUnavailableException>()
            .WithMessage("Too many requests are waiting for the store. Try again in a moment.");
        rows.TryAdd(Write(2)).Should().BeFalse("that row is not locked");
        first.Succeed();
        var all = await NextAsync();
        rows.TryAdd(Write(1)).Should().BeTrue("there is room again");

        all.Writes.Should().HaveCount(2_000);
        all.Succeed();
        (await NextAsync()).Succeed();
    }

    [Test]
    public async Task A_stop_waits_for_the_writes_that_wait()
    {
        var rows = Rows(connections: 1);
        PendingWrite[] writes = [Write(1), Write(2)];
        rows.Add([writes[0]]);
        rows.Add([writes[1]]);
        var first = await NextAsync();

        var stop = rows.DisposeAsync().AsTask();

        stop.IsCompleted.Should().BeFalse();
        first.Succeed();
        (await NextAsync()).Succeed();
        await stop.WaitAsync(Patience);
        writes.Should().OnlyContain(write => write.Outcome.IsCompletedSuccessfully);
    }

    [TestCase(0, 1, 0, 2, -1)]
    [TestCase(0, 2, 0, 1, 1)]
    [TestCase(0, 9, 1, 1, -1)]
    [TestCase(-1, 9, 1, 1, -1)]
    [TestCase(5, 5, 5, 5, 0)]
    public void Rows_are_locked_in_the_order_of_their_primary_key(int database, byte lookup, int otherDatabase, byte otherLookup, int expected)
    {
        var (row, other) = ((database, (byte[])[0, lookup]), (otherDatabase, (byte[])[0, otherLookup]));

        Math.Sign(RowOrder.Instance.Compare(row, other)).Should().Be(expected);
        Math.Sign(RowOrder.Instance.Compare(other, row)).Should().Be(-expected);
        RowOrder.Instance.Equals(row, other).Should().Be(expected == 0);
        (RowOrder.Instance.GetHashCode(row) == RowOrder.Instance.GetHashCode(other)).Should().Be(expected == 0);
    }

    private static PendingWrite Write(byte row) =>
        new(EntryWrite.Delete(new EntryId(0, [row]), Precondition.None, DateTimeOffset.UnixEpoch));

    private LockedRows Rows(int connections) => new(
        async (writes, patience) =>
        {
            var tried = new Try(writes, patience);
            _tries.Writer.TryWrite(tried).Should().BeTrue();
            await tried.Ended;
        },
        connections);

    private async Task<Try> NextAsync() => await _tries.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private sealed record Try(List<PendingWrite> Writes, TimeSpan Patience)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void Succeed()
        {
            Writes.ForEach(write => write.Succeed(changed: true));
            End();
        }

        public void End() => _ended.SetResult();
    }
}
