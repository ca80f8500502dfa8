using System.Buffers.Binary;
using System.Data.Common;
using System.Runtime.InteropServices;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Storage.Sqlite;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Readers keep a snapshot of the file from one read to the next. Clients must not notice this.</summary>
public sealed class SqliteSnapshotTests
{
    private static readonly EntryId Register = new(0, new byte[32]);

    [Test]
    public async Task An_acknowledged_write_is_read_whatever_other_clients_read_meanwhile()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);

        // Each read follows a write within microseconds, with snapshots that other reads have just begun.
        var wrong = await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
        {
            var missed = 0;
            for (var round = 0; round < 150; round++)
            {
                (await server.Http.PutKvAsync($$"""{"key": "{{caller}}", "value": "{{round}}", "overwrite": true}""")).EnsureSuccessStatusCode();
                missed += await server.Http.ValueAsync($"{caller}") == $"{round}" ? 0 : 1;
            }

            return missed;
        }));

        wrong.Sum().Should().Be(0);
    }

    [Test]
    public async Task Reads_of_one_key_never_go_back_while_a_commit_is_visible_but_not_acknowledged()
    {
        await using var store = await TestStore.CreateAsync();
        var interruption = new InterruptedCommits();
        await using var server = await TestServer.StartAsync(
            store, services => services.ConfigureDbContext<SqliteKvDbContext>(context => context.AddInterceptors(interruption)));
        var entries = server.Services.GetRequiredService<IEntryStore>();
        await SetAsync(entries, 0);

        // The newest value that the reads and writes that have ended have seen.
        long ended = 0;
        long back = 0, reads = 0, writes = 0;
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(Rounds.Of(2, 60)));
        var readers = Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    var least = Interlocked.Read(ref ended);
                    var value = Get(entries);
                    RaiseTo(ref ended, value);
                    Interlocked.Increment(ref reads);
                    Interlocked.Add(ref back, value < least ? 1 : 0);
                }
            },
            TaskCreationOptions.LongRunning)).ToList();
        while (!enough.IsCancellationRequested)
        {
            await SetAsync(entries, ++writes);
            RaiseTo(ref ended, writes);
        }

        await Task.WhenAll(readers);

        TestContext.Out.WriteLine($"{reads} reads and {writes} writes of one key: {back} reads went back");
        writes.Should().BeGreaterThan(50);
        interruption.Commits.Should().BeGreaterThanOrEqualTo(writes);
        back.Should().Be(0);
    }

    [Test]
    public async Task A_write_by_another_program_is_read_within_moments()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var stop = new CancellationTokenSource();
        var others = KeepReadingAsync(server, "k", stop.Token);

        await store.ExecuteAsync("DELETE FROM entries");
        await Eventually.HoldsAsync(async () => !(await server.Http.PostKvAsync("""{"key": "k"}""")).IsSuccessStatusCode, seconds: 5);

        await stop.CancelAsync();
        await others;
    }

    [Test]
    public async Task An_idle_reader_does_not_keep_the_WAL_from_being_emptied()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await server.Http.ValueAsync("k");

        // The first column is 1 while a reader uses the WAL.
        await Eventually.HoldsAsync(async () => await store.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)") is 0L, seconds: 5);

        new FileInfo($"{store.Location}-wal").Length.Should().Be(0);
    }

    [Test]
    public async Task The_WAL_stays_short_under_continuous_writes_and_reads()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var stop = new CancellationTokenSource();
        var others = KeepReadingAsync(server, "k", stop.Token);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            for (var round = 0; round < 320; round++)
            {
                (await server.Http.PutKvAsync($$"""{"key": "{{writer}} {{round}}", "value": "v"}""")).EnsureSuccessStatusCode();
            }
        }));

        await stop.CancelAsync();
        await others;
        new FileInfo($"{store.Location}-wal").Length.Should().BeLessThan(4_500_000, "5,120 writes would need 20 MB if the WAL was never reused from its start");
    }

    private static Task KeepReadingAsync(TestServer server, string key, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
    {
        while (!stop.IsCancellationRequested)
        {
            await server.Http.PostKvAsync($$"""{"key": "{{key}}"}""");
        }
    }));

    private static ValueTask<bool> SetAsync(IEntryStore entries, long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        var entry = new Entry { Database = 0, Lookup = Register.Lookup, Version = new byte[16], ExpiresAt = null, Flags = EntryFlags.None, Sealed = bytes };
        return entries.WriteAsync(entry, Precondition.None, DateTimeOffset.UnixEpoch);
    }

    private static long Get(IEntryStore entries) =>
        BinaryPrimitives.ReadInt64LittleEndian(entries.FindAsync(Register, IReadBudget.Unlimited, CancellationToken.None).AsTask().Result!.Sealed.Span);

    private static void RaiseTo(ref long least, long value)
    {
        for (var now = Interlocked.Read(ref least); now < value; now = Interlocked.Read(ref least))
        {
            Interlocked.CompareExchange(ref least, value, now);
        }
    }

    /// <summary>
    /// Delays each commit at the moment when SQLite has made it visible and the server does not know it yet, as if the system ran another
    /// thread at that moment.
    /// </summary>
    private sealed class InterruptedCommits : DbConnectionInterceptor
    {
        private readonly WalHook _hook;
        private long _commits;

        public InterruptedCommits() => _hook = (_, _, _, _) =>
        {
            Interlocked.Increment(ref _commits);
            Thread.Sleep(TimeSpan.FromMilliseconds(2));
            return 0;
        };

        private delegate int WalHook(nint argument, nint connection, nint database, int pages);

        public long Commits => Interlocked.Read(ref _commits);

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
            SetWalHook(((SqliteConnection)connection).Handle!.DangerousGetHandle(), _hook, 0);

        [DllImport("e_sqlite3", EntryPoint = "sqlite3_wal_hook")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
        private static extern nint SetWalHook(nint connection, WalHook hook, nint argument);
    }
}
