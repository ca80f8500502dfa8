using System.Net;
using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Legacy;

/// <summary>Several replicas start at the same time on the original's database in PostgreSQL.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PostgresUpgradeReplicaTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task One_replica_imports_while_the_other_waits_live_but_not_ready()
    {
        var entries = await LegacyData.PutIntoAsync(_store);

        // A reader of the original's table blocks the import's last step, which drops the table.
        await using var reader = new NpgsqlConnection($"{_store.Location};Pooling=false");
        await reader.OpenAsync();
        await using (var hold = new NpgsqlCommand("BEGIN; LOCK TABLE kv IN ACCESS SHARE MODE", reader))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await using var first = ServerProcess.Launch(_store.Folder, _store.Settings);
        await using var second = ServerProcess.Launch(_store.Folder, _store.Settings);
        await Task.WhenAll(first.WaitUntilListeningAsync(), second.WaitUntilListeningAsync());
        var waits = await WhichWaitsAsync(first, second);

        foreach (var server in new[] { first, second })
        {
            (await server.Http.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await server.Http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        await reader.CloseAsync();
        await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync());

        await LegacyData.ShouldAllReadBackAsync(first.Http, entries);
        await LegacyData.ShouldAllReadBackAsync(second.Http, entries);
        waits.Output.Should().NotContain("Imported", "the other replica did");
    }

    private static async Task<ServerProcess> WhichWaitsAsync(params ServerProcess[] servers)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            foreach (var server in servers)
            {
                using var answer = await server.Http.GetAsync("/health/ready", patience.Token);
                if ((await answer.TextAsync()).Contains("another replica is initializing the store", StringComparison.Ordinal))
                {
                    return server;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
