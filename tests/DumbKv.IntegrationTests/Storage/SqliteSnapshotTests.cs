using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Readers keep a snapshot of the file from one read to the next. Nobody may be able to tell.</summary>
public sealed class SqliteSnapshotTests
{
    [Test]
    public async Task Who_was_told_of_a_write_reads_it_whatever_others_read_meanwhile()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);

        // A read that follows a write within microseconds, with snapshots that others have just begun.
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
    public async Task What_another_program_wrote_is_read_within_moments()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var stop = new CancellationTokenSource();
        var others = KeepReadingAsync(server, "k", stop.Token);

        await store.ExecuteAsync("DELETE FROM entries");
        await Until.HoldsAsync(async () => !(await server.Http.PostKvAsync("""{"key": "k"}""")).IsSuccessStatusCode, seconds: 5);

        await stop.CancelAsync();
        await others;
    }

    [Test]
    public async Task Who_reads_no_more_keeps_no_WAL_from_being_emptied()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await server.Http.ValueAsync("k");

        // Its first column is 1 as long as somebody reads in it.
        await Until.HoldsAsync(async () => await store.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)") is 0L, seconds: 5);

        new FileInfo($"{store.Location}-wal").Length.Should().Be(0);
    }

    [Test]
    public async Task The_WAL_stays_short_under_writes_and_reads_that_never_cease()
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
        new FileInfo($"{store.Location}-wal").Length.Should().BeLessThan(4_500_000, "5,120 writes would take 20 MB of it, could it never begin anew");
    }

    private static Task KeepReadingAsync(TestServer server, string key, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
    {
        while (!stop.IsCancellationRequested)
        {
            await server.Http.PostKvAsync($$"""{"key": "{{key}}"}""");
        }
    }));
}
