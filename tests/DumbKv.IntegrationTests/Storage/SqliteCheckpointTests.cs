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
}
