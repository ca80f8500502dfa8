using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>What was written is copied from the WAL into the file beside the writes.</summary>
public sealed class SqliteCheckpointTests
{
    [Test]
    public async Task The_WAL_stays_short_under_writes_that_never_cease()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);

        for (var round = 0; round < 80; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(number => server.Http.PutKvAsync($$"""{"key": "{{round}} {{number}}", "value": "v"}""")));
            answers.Should().OnlyContain(answer => answer.IsSuccessStatusCode);
        }

        new FileInfo($"{store.Location}-wal").Length.Should().BeLessThan(6_000_000, "2,560 writes would take 10 MB of it, were none copied before SQLite's own limit");
        (await server.Http.ValueAsync("0 0")).Should().Be("v");
        (await server.Http.ValueAsync("79 31")).Should().Be("v");
    }

    /// <summary>A fault on the thread that copies would end the whole process.</summary>
    [Test]
    public async Task A_server_may_stop_while_its_first_part_is_being_copied()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var store = await TestStore.CreateAsync();
            await using var server = await TestServer.StartAsync(store);

            var answers = await Task.WhenAll(Enumerable.Range(0, 101).Select(number => server.Http.PutKvAsync($$"""{"key": "{{number}}", "value": "v"}""")));

            answers.Should().OnlyContain(answer => answer.IsSuccessStatusCode);
        }
    }
}
