using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Sqlite;
using FluentAssertions;
using Microsoft.Data.Sqlite;

namespace DumbKv.UnitTests.Infrastructure;

/// <summary>The queue and group commit of a SQLite file. A test that holds the write lock makes all writes wait.</summary>
public sealed class SqliteWriterTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private SqliteServices _services = null!;
    private string _connectionString = null!;

    private SqliteWriter Writer => _services.Get<SqliteWriter>();

    private SqliteWriteLock WriteLock => _services.Get<SqliteWriteLock>();

    [SetUp]
    public async Task CreateStore()
    {
        _services = await SqliteServices.CreateAsync();
        _connectionString = $"{_services.Get<SqliteLocation>().ConnectionString};Pooling=false";
    }

    [TearDown]
    public async Task DeleteStore() => await _services.DisposeAsync();

    [Test]
    public async Task Writes_that_wait_share_a_commit()
    {
        var outcomes = await WriteTogetherAsync(Enumerable.Range(0, 100).Select(number => Put((byte)number)));

        outcomes.Should().HaveCount(100).And.OnlyContain(changed => changed);
        (await RowsAsync()).Should().Be(100);

        // The writer takes the first before the others arrive.
        var batches = await BatchSizesAsync();
        batches.Sum().Should().Be(100);
        batches.Should().HaveCountLessThanOrEqualTo(2);
        _services.Metrics.Values("dumbkv.write_wait").Should().HaveCount(100);
    }

    [Test]
    public async Task A_batch_has_at_most_256_writes()
    {
        await WriteTogetherAsync(Enumerable.Repeat(NoChange(), 600));

        var batches = await BatchSizesAsync();
        batches.Sum().Should().Be(600);
        batches.Max().Should().Be(256);
    }

    [Test]
    public async Task A_batch_ends_with_the_write_that_reaches_eight_megabytes()
    {
        await WriteTogetherAsync(Enumerable.Repeat(NoChange(new byte[3_000_000]), 8));

        var batches = await BatchSizesAsync();
        batches.Sum().Should().Be(8);
        batches.Max().Should().Be(3);
    }

    [Test]
    public async Task Writes_of_a_row_happen_in_the_order_of_their_arrival()
    {
        var id = new EntryId(0, LookupOf(1));

        var outcomes = await WriteTogetherAsync(
        [
            Put(1, condition: Precondition.Absent),
            Put(1, condition: Precondition.Absent),
            EntryWrite.Delete(id, Precondition.Present, Noon),
            EntryWrite.Delete(id, Precondition.Present, Noon),
            Put(1, condition: Precondition.Absent),
        ]);

        outcomes.Should().Equal(true, false, true, false, true);
    }

    [Test]
    public async Task A_write_that_the_database_refuses_fails_alone()
    {
        await ExecuteAsync("CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN NEW.database_id = 7 BEGIN SELECT RAISE(ABORT, 'refused'); END");

        var held = WriteLock.Acquire();
        var before = Writer.WriteAsync(Put(1));
        var refused = Writer.WriteAsync(Put(2, database: 7));
        var behind = Writer.WriteAsync(Put(3));
        held.Dispose();

        (await before).Should().BeTrue();
        (await behind).Should().BeTrue();
        await refused.Awaiting(write => write).Should().ThrowAsync<SqliteException>("its cause is unknown: that is a bug, and the store is not unavailable");
        (await RowsAsync()).Should().Be(2);
        (await Writer.WriteAsync(Put(4))).Should().BeTrue("the writer continues");
    }

    [Test]
    public async Task A_queue_that_is_full_of_writes_refuses_more_until_they_are_written()
    {
        var accepted = await FillAsync(NoChange());

        // The writer has taken one batch, possibly in parts.
        accepted.Should().BeInRange(2_000, 2_256);
    }

    [Test]
    public async Task A_queue_that_is_full_of_bytes_refuses_more_until_they_are_written()
    {
        var accepted = await FillAsync(NoChange(new byte[10_000_000]));

        // The seventh exceeds the limit of 64 MB. The writer has already taken one more.
        accepted.Should().BeInRange(7, 8);
    }

    [Test]
    public async Task A_slow_continuation_does_not_block_the_writer()
    {
        using var end = new ManualResetEventSlim();
        var held = WriteLock.Acquire();
        var slow = Writer.WriteAsync(Put(1)).ContinueWith(_ => end.Wait(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        held.Dispose();

        (await Writer.WriteAsync(Put(2)).WaitAsync(TimeSpan.FromSeconds(30))).Should().BeTrue();

        end.Set();
        await slow;
    }

    [Test]
    public async Task A_stop_completes_the_waiting_writes_and_refuses_new_ones()
    {
        var writer = Writer;
        var held = WriteLock.Acquire();
        var waiting = Enumerable.Range(0, 50).Select(number => writer.WriteAsync(Put((byte)number))).ToList();

        var stop = Task.Run(async () => await _services.StopAsync());
        var refused = await RefusalAsync(writer);
        held.Dispose();
        await stop;

        refused.Should().BeOfType<StoreUnavailableException>().Which.Message.Should().Be("The server is stopping. Try again in a moment.");
        (await Task.WhenAll(waiting)).Should().OnlyContain(changed => changed);
        (await RowsAsync()).Should().Be(50);
        FluentActions.Invoking(() => { _ = writer.WriteAsync(Put(1)); }).Should().Throw<StoreUnavailableException>("also when it has stopped");
    }

    [Test]
    public async Task Nothing_is_written_while_another_process_has_locked_the_file()
    {
        using var other = TakeFileLock();

        var held = WriteLock.Acquire();
        var writes = Enumerable.Range(0, 3).Select(number => Writer.WriteAsync(Put((byte)number))).ToList();
        held.Dispose();

        foreach (var write in writes)
        {
            (await write.Awaiting(failed => failed).Should().ThrowAsync<StoreUnavailableException>()).WithMessage("Another process uses the store's file. Try again.");
        }

        (await RowsAsync()).Should().Be(0);
    }

    /// <summary>A slow write fails the batch, and meanwhile another process locks the file.</summary>
    [Test]
    public async Task A_write_that_is_tried_alone_needs_the_lock_of_the_file_too()
    {
        await ExecuteAsync("""
            CREATE TRIGGER slow BEFORE INSERT ON entries WHEN NEW.database_id = 7 BEGIN
                SELECT max(n) FROM (WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 500000) SELECT n FROM counted);
                SELECT RAISE(ABORT, 'refused');
            END
            """);
        var held = WriteLock.Acquire();
        var first = Writer.WriteAsync(NoChange()); // The writer can take it alone.
        var refused = Writer.WriteAsync(Put(1, database: 7));
        var sound = Writer.WriteAsync(Put(2));
        held.Dispose();

        await WaitUntilBatchRunsAsync();
        using var other = TakeFileLock();

        await sound.Awaiting(write => write).Should().ThrowAsync<StoreUnavailableException>();
        await refused.Awaiting(write => write).Should().ThrowAsync<Exception>();
        await first.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>A batch is counted after its writes are answered, and before a stop is complete.</summary>
    private async Task<List<int>> BatchSizesAsync()
    {
        await _services.StopAsync();
        return [.. _services.Metrics.Values("dumbkv.write_batch_size").Select(size => (int)size)];
    }

    /// <summary>The number of such writes that a queue accepts while none is written.</summary>
    private async Task<int> FillAsync(EntryWrite write)
    {
        var writes = new List<Task<bool>>();
        var held = WriteLock.Acquire();
        var fill = () =>
        {
            while (true)
            {
                writes.Add(Writer.WriteAsync(write));
            }
        };
        fill.Should().Throw<StoreUnavailableException>().WithMessage("Too many writes are waiting for the disk. Try again in a moment.");
        held.Dispose();

        await Task.WhenAll(writes);
        (await Writer.WriteAsync(write)).Should().BeFalse("it changes nothing, and is accepted again");
        return writes.Count;
    }

    private async Task<bool[]> WriteTogetherAsync(IEnumerable<EntryWrite> writes)
    {
        var held = WriteLock.Acquire();
        var outcomes = writes.Select(Writer.WriteAsync).ToList();
        held.Dispose();

        return await Task.WhenAll(outcomes);
    }

    /// <summary>The failure of the first write that the stopping writer refuses.</summary>
    private static async Task<Exception> RefusalAsync(SqliteWriter writer)
    {
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                _ = writer.WriteAsync(NoChange());
                await Task.Yield();
            }
            catch (Exception exception)
            {
                return exception;
            }
        }

        throw new TimeoutException("The writer refuses nothing.");
    }

    /// <summary>Replaces the lock file and locks the new one, as another process would.</summary>
    private SqliteFileLock TakeFileLock()
    {
        var other = new SqliteFileLock(_services.Get<SqliteLocation>());
        File.Delete(other.File);
        other.TryAcquire().Should().BeTrue();
        return other;
    }

    /// <summary>Returns while a write transaction is open in the file.</summary>
    private async Task WaitUntilBatchRunsAsync()
    {
        await using var connection = await ConnectAsync();
        var patience = Stopwatch.StartNew();
        while (SQLitePCL.raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE; ROLLBACK") != SQLitePCL.raw.SQLITE_BUSY)
        {
            patience.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }
    }

    private static EntryWrite Put(byte number, int database = 0, Precondition? condition = null, byte[]? value = null) => EntryWrite.Put(
        new Entry
        {
            Database = database,
            Lookup = LookupOf(number),
            Version = new byte[EntryVersion.Length],
            ExpiresAt = null,
            Flags = EntryFlags.None,
            Sealed = value ?? [number],
        },
        condition ?? Precondition.None,
        Noon);

    /// <summary>A write whose condition does not hold, so nothing is written to disk.</summary>
    private static EntryWrite NoChange(byte[]? value = null) => Put(0, condition: Precondition.Present, value: value);

    private static byte[] LookupOf(byte number) => [number, .. new byte[EntryId.LookupBytes - 1]];

    private async Task<long> RowsAsync() => (long)(await ExecuteAsync("SELECT count(*) FROM entries"))!;

    /// <summary>On a connection of its own.</summary>
    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    private async Task<SqliteConnection> ConnectAsync()
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
