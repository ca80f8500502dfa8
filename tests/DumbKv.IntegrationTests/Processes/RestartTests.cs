using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

public sealed class RestartTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_restart_loses_nothing_and_exits_cleanly()
    {
        await using (var first = await ServerProcess.StartAsync(_store.Folder))
        {
            await first.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            (await first.StopAsync()).Should().Be(0);
        }

        await using var second = await ServerProcess.StartAsync(_store.Folder);

        (await second.Http.ValueAsync("k")).Should().Be("v");
    }
}
