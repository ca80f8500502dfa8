using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>One process at a time uses a SQLite file.</summary>
public sealed class InstanceLockTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_second_server_gives_up_and_names_the_file()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);

        await using var second = ServerProcess.Launch(_store.Folder, [new("LOCK_WAIT_SECONDS", "1")]);

        (await second.ExitCodeAsync()).Should().Be(1);
        second.Output.Should().Contain("dumbkv.db is in use: another process still held ").And.Contain("dumbkv.db.lock after 1 s.");
        (await first.Http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_second_server_waits_live_and_not_ready_until_the_first_is_gone()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        await first.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        File.CreateSymbolicLink(Path.Combine(_store.Folder, "link.db"), _store.Location);

        await using var second = ServerProcess.Launch(_store.Folder, [new("DATABASE_LOCATION", "link.db")]);
        await second.WaitUntilListeningAsync();
        await second.WaitForOutputAsync("another process uses link.db");
        using var live = await second.Http.GetAsync("/health/live");
        using var ready = await second.Http.GetAsync("/health/ready");
        using var read = await second.Http.PostKvAsync("""{"key": "k"}""");
        using var form = new FormUrlEncodedContent([new("action", "get"), new("database", "0"), new("key", "k")]);
        using var page = await second.Http.PostAsync("/", form);
        await first.StopAsync();
        await second.WaitUntilReadyAsync();

        live.StatusCode.Should().Be(HttpStatusCode.OK);
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ready.TextAsync()).Should().Contain("another process uses link.db");
        foreach (var call in new[] { read, page })
        {
            call.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            call.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        }

        (await second.Http.ValueAsync("k")).Should().Be("v");
    }
}
