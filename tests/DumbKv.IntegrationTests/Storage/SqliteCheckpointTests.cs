using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Pages are copied from the WAL into the file while writes continue.</summary>
public sealed class SqliteCheckpointTests
{
    [Test]
    public async Task The_WAL_stays_short_under_continuous_writes()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);

        for (var round = 0; round < 80; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(number => server.Http.PutKvAsync($$"""{"key": "{{round}} {{number}}", "value": "v"}""")));
            answers.Should().OnlyContain(answer => answer.IsSuccessStatusCode);
        }

        new FileInfo($"{store.Location}-wal").Length.Should().BeLessThan(6_000_000, "2,560 writes would need 10 MB if nothing was copied before SQLite's own limit");
        (await server.Http.ValueAsync("0 0")).Should().Be("v");
        (await server.Http.ValueAsync("79 31")).Should().Be("v");
    }

    /// <summary>An exception on the checkpoint thread would end the process.</summary>
    [Test]
    public async Task A_server_can_stop_during_a_checkpoint()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var store = await TestStore.CreateAsync();
            await using var server = await TestServer.StartAsync(store);

            var answers = await Task.WhenAll(Enumerable.Range(0, 101).Select(number => server.Http.PutKvAsync($$"""{"key": "{{number}}", "value": "v"}""")));

            answers.Should().OnlyContain(answer => answer.IsSuccessStatusCode);
        }
    }

    [Test]
    public async Task With_SQLITE_CHECKPOINTS_off_the_WAL_keeps_every_page_and_the_metrics_show_its_size()
    {
        await using var store = await TestStore.CreateAsync();
        await using (var server = await ServerProcess.StartAsync(store.Folder, ("SQLITE_CHECKPOINTS", "off")))
        {
            // More than SQLite's own limit of 4,000 pages.
            for (var round = 0; round < 20; round++)
            {
                (await server.Http.PutKvAsync($$"""{"key": "{{round}}", "value": "{{new string('v', 1_000_000)}}"}""")).EnsureSuccessStatusCode();
            }

            new FileInfo($"{store.Location}-wal").Length.Should().BeGreaterThan(20_000_000);
            new FileInfo(store.Location).Length.Should().BeLessThan(1_000_000, "nothing was copied into the file");
            await Eventually.HoldsAsync(async () => (await server.Http.GetStringAsync("/metrics")).Split('\n').Any(line =>
                line.StartsWith("dumbkv_wal_size_bytes{", StringComparison.Ordinal) && double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) > 20_000_000));
            await server.StopAsync();
        }

        new FileInfo($"{store.Location}-wal").Length.Should().BeGreaterThan(20_000_000, "a stop copies nothing either");
        await using var again = await ServerProcess.StartAsync(store.Folder);
        (await again.Http.ValueAsync("19")).Should().HaveLength(1_000_000);
    }

    [Test]
    public async Task With_the_default_a_stop_copies_the_WAL_into_the_file()
    {
        await using var store = await TestStore.CreateAsync();
        await using (var server = await ServerProcess.StartAsync(store.Folder))
        {
            (await server.Http.PutKvAsync($$"""{"key": "k", "value": "{{new string('v', 1_000_000)}}"}""")).EnsureSuccessStatusCode();
            await server.StopAsync();
        }

        File.Exists($"{store.Location}-wal").Should().BeFalse();
    }

    [Test]
    public async Task SQLITE_CHECKPOINTS_off_needs_a_WAL()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = ServerProcess.Launch(store.Folder, [new("SQLITE_CHECKPOINTS", "off"), new("SQLITE_JOURNAL", "truncate")]);

        (await server.ExitCodeAsync()).Should().Be(2);
        server.Output.Should().EndWith("SQLITE_CHECKPOINTS: off is for a store with a write-ahead log, and dumbkv.db has the journal mode truncate. Move it to a local file system and unset SQLITE_JOURNAL, or unset SQLITE_CHECKPOINTS.");
    }
}
