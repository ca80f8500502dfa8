using System.Net;

namespace DumbKv.ReliabilityTests;

/// <summary>Two replicas on one PostgreSQL, behind a proxy that checks their readiness, are replaced one after the other.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class RollingRestartTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task No_request_fails_while_replicas_are_replaced()
    {
        var restarts = Rounds.Of(2, 30);
        await using var proxy = await ReadinessProxy.StartAsync();
        var servers = new Queue<ServerProcess>();
        await AddAsync();
        await AddAsync();

        using var http = new HttpClient { BaseAddress = proxy.Address };
        var ledger = new Ledger();
        using var enough = new CancellationTokenSource();
        var load = ledger.WriteAsync(http, 4, enough.Token, pause: TimeSpan.FromMilliseconds(20));

        for (var restart = 0; restart < restarts; restart++)
        {
            // The new replica starts first, as with maxUnavailable 0.
            await AddAsync();
            var old = servers.Dequeue();
            (await old.StopAsync()).Should().Be(0);
            proxy.Remove(old.Http.BaseAddress!);
            await old.DisposeAsync();
        }

        await enough.CancelAsync();
        await load;
        var verdict = await ledger.VerifyAsync(http);
        TestContext.Out.WriteLine($"{restarts} replicas replaced under load: {verdict}, {ledger.Statuses.Count} different statuses");
        ledger.Statuses.Keys.Should().Equal(HttpStatusCode.OK);
        ledger.Unanswered.Should().Be(0);
        verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        async Task AddAsync()
        {
            var server = await ServerProcess.StartAsync(_store.Folder, Postgres.Settings(_store.Location));
            servers.Enqueue(server);
            proxy.Add(server.Http.BaseAddress!);
            await Eventually.HoldsAsync(() => proxy.IsReady(server.Http.BaseAddress!));
        }
    }
}
