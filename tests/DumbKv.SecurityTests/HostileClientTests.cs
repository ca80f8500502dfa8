namespace DumbKv.SecurityTests;

/// <summary>Under hostile clients, health probes and valid requests succeed and memory is bounded. Afterwards the server is as before.</summary>
[NonParallelizable]
public abstract class HostileClientTests
{
    // In a short run the machine is shared with other tests, so the limits only check that requests are served.
    private static readonly TimeSpan HealthLimit = TimeSpan.FromMilliseconds(Rounds.Of(3_000, 1_000));
    private static readonly TimeSpan CallLimit = TimeSpan.FromMilliseconds(Rounds.Of(5_000, 1_000));

    private TestStore _store = null!;
    private ServerProcess _server = null!;

    protected Uri Address => _server.Http.BaseAddress!;

    protected string Folder => _store.Folder;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await ServerProcess.StartAsync(_store.Folder);

        // Each kind of request runs once before, so that the measurement does not include compilation.
        await using var clients = new GoodClients(_server);
        await Task.Delay(TimeSpan.FromSeconds(1));
        (await clients.EndAsync()).Failures.Should().BeEmpty();
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    protected async Task ShouldServeDuringAsync(Func<Task> attack)
    {
        Experience during;
        await using (var clients = new GoodClients(_server))
        {
            await attack();
            during = await clients.EndAsync();
        }

        // Within five seconds after the attack, the server is as before.
        await Eventually.HoldsAsync(async () => (await _server.Http.GetAsync("/health/ready")).IsSuccessStatusCode, seconds: 5);
        Experience after;
        await using (var clients = new GoodClients(_server))
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            after = await clients.EndAsync();
        }

        TestContext.Out.WriteLine($"{TestContext.CurrentContext.Test.Name}: {during}. After: {after}.");
        _server.HasExited.Should().BeFalse();
        during.HealthP99.Should().BeLessThan(HealthLimit.TotalMilliseconds);
        during.CallP99.Should().BeLessThan(CallLimit.TotalMilliseconds);
        during.PeakMegabytes.Should().BeLessThan(512);
        after.Failures.Should().BeEmpty();
        after.CallP99.Should().BeLessThan(CallLimit.TotalMilliseconds, "it should serve as before");
        _server.Output.Should().NotContain("The server failed");
    }
}
