using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

public sealed class SweeperTests(StoreKind kind) : ServerTests(kind)
{
    private IExpiredEntries Expired => Server.Services.GetRequiredService<IExpiredEntries>();

    private SweepExpiredEntriesHandler Sweep => Server.Services.GetRequiredService<SweepExpiredEntriesHandler>();

    [Test]
    public async Task The_server_removes_expired_rows_by_itself()
    {
        await SetManyAsync(10, ttl: 30);
        await Http.PutKvAsync("""{"key": "stays", "value": "v"}""");
        await Http.PutKvAsync("""{"key": "stays a while", "value": "v", "ttl": 86400}""");

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await RowsAsync() > 2)
        {
            Server.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }

        (await Http.ValueAsync("stays")).Should().Be("v");
        (await Http.ValueAsync("stays a while")).Should().Be("v");
    }

    [Test]
    public async Task Batches_are_bounded_and_all_of_them_are_swept()
    {
        await SetManyAsync(1_100, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));

        var batch = await Expired.FindExpiredAsync(Due(), CancellationToken.None);
        var removed = await Sweep.HandleAsync(CancellationToken.None);

        batch.Count.Should().BeInRange(200, 500);
        removed.Should().Be(1_100);
        (await RowsAsync()).Should().Be(0);
    }

    [TestCase(2, 10)]
    [TestCase(700, 0, Description = "Rows expire faster than they are removed.")]
    public async Task A_sweep_pauses_between_batches_unless_it_is_behind(int secondsExpired, int rests)
    {
        await SetManyAsync(1_100, ttl: 1);
        var time = new CountedTime(Server.Time.GetUtcNow().AddSeconds(1 + secondsExpired)); // The server's own sweeper does not run meanwhile.
        var rowsOfBatch = (await Expired.FindExpiredAsync(Due(time), CancellationToken.None)).Count;

        await new SweepExpiredEntriesHandler(Expired, EntryLimits.Default, time, Server.Services.GetRequiredService<KvMetrics>()).HandleAsync(CancellationToken.None);

        (await RowsAsync()).Should().Be(0);
        time.Rested.Should().Be(rests * CountedTime.Took * Math.Ceiling(1_100.0 / rowsOfBatch));
    }

    /// <summary>With its own transactions it would need one more fsync for each batch, and empty the page caches of the writers.</summary>
    [Test]
    public async Task A_sweep_of_SQLite_goes_through_the_queue_whose_writes_share_commits()
    {
        if (Store.Kind == StoreKind.Postgres)
        {
            Assert.Pass("On PostgreSQL a sweep has its own transaction, because of the lock between servers.");
        }

        await SetManyAsync(200, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        var batch = await Expired.FindExpiredAsync(Due(), CancellationToken.None);
        var commits = new ConcurrentBag<int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "dumbkv.write_batch_size" && instrument.Meter.Scope == Server.Services.GetRequiredService<IMeterFactory>())
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) => commits.Add(size));
        listener.Start();

        await Expired.RemoveExpiredAsync(batch, Due(), CancellationToken.None);

        batch.Should().HaveCount(200);
        await Eventually.HoldsAsync(() => commits.Sum() == 200);
        commits.Count.Should().BeLessThan(100);
    }

    /// <summary>Measures a figure for docs/architecture.md, which a long run prints. The bound detects only gross errors.</summary>
    [Test]
    public async Task A_batch_delays_writers_only_briefly()
    {
        await SetManyAsync(Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? 20_000 : 1_000, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        var now = Due();
        var times = new List<double>();

        while (await Expired.FindExpiredAsync(now, CancellationToken.None) is { Count: > 0 } batch)
        {
            var watch = Stopwatch.StartNew();
            await Expired.RemoveExpiredAsync(batch, now, CancellationToken.None);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Store.Kind}: {times.Count} batches, median {times[times.Count / 2]:0.0} ms, slowest {times[^1]:0.0} ms"));
        times[times.Count / 2].Should().BeLessThan(1_000);
    }

    [Test]
    public async Task A_key_set_again_after_it_was_found_is_not_lost()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "old", "ttl": 1}""");
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        var found = await Expired.FindExpiredAsync(Due(), CancellationToken.None);

        await Http.PutKvAsync("""{"key": "k", "value": "new"}""");
        var removed = await Expired.RemoveExpiredAsync(found, Due(), CancellationToken.None);

        found.Should().HaveCount(1);
        removed.Should().Be(0);
        (await Http.ValueAsync("k")).Should().Be("new");
    }

    [Test]
    public async Task The_backlog_has_the_number_of_expired_rows_and_the_earliest_expiry()
    {
        var empty = await Expired.MeasureAsync(Due(), CancellationToken.None);
        await SetManyAsync(3, ttl: 10);
        var expiry = Server.Time.GetUtcNow().AddSeconds(10);
        Server.Time.Advance(TimeSpan.FromSeconds(25));

        var backlog = await Expired.MeasureAsync(Due(), CancellationToken.None);

        empty.Should().Be(new ExpiredBacklog(0, null));
        backlog.Should().Be(new ExpiredBacklog(3, expiry));
    }

    [Test]
    public async Task One_replica_sweeps_at_a_time()
    {
        if (Store.Kind != StoreKind.Postgres)
        {
            Assert.Pass("A SQLite store has one server.");
        }

        await SetManyAsync(1, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        await using var another = new NpgsqlConnection($"{Store.Location};Pooling=false");
        await another.OpenAsync();
        await using var transaction = await another.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({0x44756D624B57})", another, transaction);
        await command.ExecuteNonQueryAsync();

        var whileAnotherSweeps = await Sweep.HandleAsync(CancellationToken.None);
        await transaction.RollbackAsync();
        var afterwards = await Sweep.HandleAsync(CancellationToken.None);

        whileAnotherSweeps.Should().Be(0);
        afterwards.Should().Be(1);
    }

    private SweepDue Due(TimeProvider? time = null) => new((time ?? Server.Time).GetUtcNow(), EntryLimits.Default.ReceiptRetention);

    private Task SetManyAsync(int count, int ttl) => Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
    {
        using var set = await Http.PutKvAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"key": "{{number}}", "value": "v", "ttl": {{ttl}}}"""));
        set.EnsureSuccessStatusCode();
    });

    private async Task<long> RowsAsync() => Convert.ToInt64(await Store.ExecuteAsync("SELECT count(*) FROM entries"), CultureInfo.InvariantCulture);

    /// <summary>Each batch takes a millisecond, and each pause ends immediately.</summary>
    private sealed class CountedTime(DateTimeOffset now) : TimeProvider
    {
        private long _timestamp;

        public static TimeSpan Took => TimeSpan.FromMilliseconds(1);

        public TimeSpan Rested { get; private set; }

        public override long TimestampFrequency => 1_000;

        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => ++_timestamp;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Rested += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
