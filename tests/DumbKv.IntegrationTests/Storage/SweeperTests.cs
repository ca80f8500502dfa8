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

        var batch = await Expired.FindExpiredAsync(Server.Time.GetUtcNow(), CancellationToken.None);
        var removed = await Sweep.HandleAsync(CancellationToken.None);

        batch.Count.Should().BeInRange(200, 500);
        removed.Should().Be(1_100);
        (await RowsAsync()).Should().Be(0);
    }

    [TestCase(2, 10)]
    [TestCase(700, 0, Description = "Rows expire faster than they are removed.")]
    public async Task A_sweep_leaves_the_store_to_requests_between_its_batches_unless_it_is_behind(int secondsExpired, int rests)
    {
        await SetManyAsync(1_100, ttl: 1);
        var time = new CountedTime(Server.Time.GetUtcNow().AddSeconds(1 + secondsExpired)); // The server's own sweeper stays out of it.
        var rowsOfBatch = (await Expired.FindExpiredAsync(time.GetUtcNow(), CancellationToken.None)).Count;

        await new SweepExpiredEntriesHandler(Expired, time, Server.Services.GetRequiredService<KvMetrics>()).HandleAsync(CancellationToken.None);

        (await RowsAsync()).Should().Be(0);
        time.Rested.Should().Be(rests * CountedTime.Took * Math.Ceiling(1_100.0 / rowsOfBatch));
    }

    /// <summary>In transactions of its own it would take an fsync more for each batch, and empty the page cache of whoever writes.</summary>
    [Test]
    public async Task A_sweep_of_SQLite_goes_through_the_queue_whose_writes_share_commits()
    {
        if (Store.Kind == StoreKind.Postgres)
        {
            Assert.Pass("A sweep has a transaction of its own on PostgreSQL, for the lock among servers.");
        }

        await SetManyAsync(200, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        var batch = await Expired.FindExpiredAsync(Server.Time.GetUtcNow(), CancellationToken.None);
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

        await Expired.RemoveExpiredAsync(batch, Server.Time.GetUtcNow(), CancellationToken.None);

        batch.Should().HaveCount(200);
        await Eventually.HoldsAsync(() => commits.Sum() == 200);
        commits.Count.Should().BeLessThan(100);
    }

    /// <summary>A figure for docs/architecture.md, which a long run prints; the bound only catches what is out of all proportion.</summary>
    [Test]
    public async Task A_batch_holds_writers_up_for_a_moment()
    {
        await SetManyAsync(Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? 20_000 : 1_000, ttl: 1);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        var now = Server.Time.GetUtcNow();
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
        var found = await Expired.FindExpiredAsync(Server.Time.GetUtcNow(), CancellationToken.None);

        await Http.PutKvAsync("""{"key": "k", "value": "new"}""");
        var removed = await Expired.RemoveExpiredAsync(found, Server.Time.GetUtcNow(), CancellationToken.None);

        found.Should().HaveCount(1);
        removed.Should().Be(0);
        (await Http.ValueAsync("k")).Should().Be("new");
    }

    [Test]
    public async Task The_backlog_tells_how_many_and_since_when()
    {
        var empty = await Expired.MeasureAsync(Server.Time.GetUtcNow(), CancellationToken.None);
        await SetManyAsync(3, ttl: 10);
        var expiry = Server.Time.GetUtcNow().AddSeconds(10);
        Server.Time.Advance(TimeSpan.FromSeconds(25));

        var backlog = await Expired.MeasureAsync(Server.Time.GetUtcNow(), CancellationToken.None);

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

    private Task SetManyAsync(int count, int ttl) => Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
    {
        using var set = await Http.PutKvAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"key": "{{number}}", "value": "v", "ttl": {{ttl}}}"""));
        set.EnsureSuccessStatusCode();
    });

    private async Task<long> RowsAsync() => Convert.ToInt64(await Store.ExecuteAsync("SELECT count(*) FROM entries"), CultureInfo.InvariantCulture);

    /// <summary>Each batch takes a millisecond, and each rest is over at once.</summary>
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
