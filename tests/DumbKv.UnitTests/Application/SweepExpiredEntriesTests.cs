using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class SweepExpiredEntriesTests
{
    private readonly RecordedMetrics _recorded = new();
    private readonly BatchTime _time = new();
    private readonly ExpiredEntries _expired;

    public SweepExpiredEntriesTests() => _expired = new ExpiredEntries(_time);

    [TearDown]
    public void DisposeMetrics() => _recorded.Dispose();

    [Test]
    public async Task All_batches_are_removed_and_counted()
    {
        _expired.Rows = 25;

        var removed = await SweepAsync();

        removed.Should().Be(25);
        _expired.Rows.Should().Be(0);
        _recorded.Values("dumbkv.swept_entries").Should().Equal(0, 10, 10, 5);
    }

    [Test]
    public async Task Receipts_are_due_when_they_are_as_old_as_the_setting()
    {
        _expired.Rows = 1;

        await SweepAsync();

        _expired.Due.Should().Be(new SweepDue(_time.GetUtcNow(), TimeSpan.FromDays(3)));
        _expired.Due!.ReadBefore.Should().Be(_time.GetUtcNow().AddDays(-3));
    }

    [Test]
    public async Task Without_expired_entries_nothing_is_removed()
    {
        (await SweepAsync()).Should().Be(0);

        _recorded.Values("dumbkv.swept_entries").Should().Equal(0);
        _time.Pauses.Should().BeEmpty();
    }

    [Test]
    public async Task A_sweep_ends_if_another_server_sweeps()
    {
        (_expired.Rows, _expired.IsSweptByAnother) = (25, true);

        (await SweepAsync()).Should().Be(0);

        _expired.Rows.Should().Be(25);
        ObservedBacklog().Should().Be(25);
    }

    [Test]
    public async Task The_backlog_is_reported_while_the_sweep_runs_and_after_it()
    {
        (_expired.Rows, _expired.Oldest) = (25, _time.GetUtcNow().AddSeconds(-90));
        _expired.BeforeRemoval = () =>
        {
            if (_expired.Rows == 25)
            {
                ObservedBacklog().Should().Be(25);
                ObservedLag().Should().Be(90);
            }
        };

        await SweepAsync();

        ObservedBacklog().Should().Be(0);
        ObservedLag().Should().Be(0);
    }

    /// <summary>Without a pause, requests would wait for one batch after another.</summary>
    [TestCase(0)]
    [TestCase(600)]
    public async Task A_sweep_pauses_ten_times_as_long_as_a_batch_took(int secondsBehind)
    {
        (_expired.Rows, _expired.Oldest) = (20, _time.GetUtcNow().AddSeconds(-secondsBehind));

        await SweepAsync();

        _time.Pauses.Should().Equal(10 * ExpiredEntries.BatchTook, 10 * ExpiredEntries.BatchTook);
    }

    [Test]
    public async Task A_sweep_that_is_more_than_ten_minutes_behind_does_not_pause()
    {
        (_expired.Rows, _expired.Oldest) = (20, _time.GetUtcNow().AddSeconds(-601));

        await SweepAsync();

        _time.Pauses.Should().BeEmpty();
        _expired.Rows.Should().Be(0);
    }

    [Test]
    public async Task A_stop_ends_the_sweep_after_the_batch_that_runs()
    {
        using var stop = new CancellationTokenSource();
        _expired.Rows = 25;
        _expired.BeforeRemoval = stop.Cancel;

        var sweep = () => SweepAsync(stop.Token);

        await sweep.Should().ThrowAsync<OperationCanceledException>();
        _expired.Rows.Should().Be(15);
    }

    private Task<long> SweepAsync(CancellationToken cancellationToken = default) =>
        new SweepExpiredEntriesHandler(_expired, EntryLimits.Default with { ReceiptRetention = TimeSpan.FromDays(3) }, _time, _recorded.Metrics).HandleAsync(cancellationToken);

    private double ObservedBacklog() => _recorded.Observe("dumbkv.expired_backlog").Single().Value;

    private double ObservedLag() => _recorded.Observe("dumbkv.expired_lag").Single().Value;

    private sealed class ExpiredEntries(BatchTime time) : IExpiredEntries
    {
        private const int BatchRows = 10;

        public static TimeSpan BatchTook { get; } = TimeSpan.FromMilliseconds(3);

        public int Rows { get; set; }

        public DateTimeOffset Oldest { get; set; } = time.GetUtcNow();

        public SweepDue? Due { get; private set; }

        public bool IsSweptByAnother { get; set; }

        public Action BeforeRemoval { get; set; } = () => { };

        public Task<ExpiredBacklog> MeasureAsync(SweepDue due, CancellationToken cancellationToken) =>
            Task.FromResult(new ExpiredBacklog(Rows, Rows > 0 ? Oldest : null));

        public Task<IReadOnlyList<EntryId>> FindExpiredAsync(SweepDue due, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<EntryId>>([.. Enumerable.Range(0, Math.Min(Rows, BatchRows)).Select(_ => new EntryId(0, []))]);

        public Task<int?> RemoveExpiredAsync(IReadOnlyList<EntryId> ids, SweepDue due, CancellationToken cancellationToken)
        {
            Due = due;
            BeforeRemoval();
            if (IsSweptByAnother)
            {
                return Task.FromResult<int?>(null);
            }

            time.Pass(BatchTook);
            Rows -= ids.Count;
            return Task.FromResult<int?>(ids.Count);
        }
    }

    /// <summary>Only batches take time. A pause ends immediately.</summary>
    private sealed class BatchTime : TimeProvider
    {
        private TimeSpan _passed;

        public List<TimeSpan> Pauses { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _passed += time;

        public override DateTimeOffset GetUtcNow() => new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

        public override long GetTimestamp() => _passed.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
