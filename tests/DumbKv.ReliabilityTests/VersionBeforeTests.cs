using System.Globalization;
using System.Net;
using System.Text.Json;
using DumbKv.ReliabilityTests.Linearizability;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// The version before serves a PostgreSQL together with this one. <c>./test.sh --long</c> publishes it, at the commit in
/// version-before.txt.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class VersionBeforeTests(StoreKind kind)
{
    private const int Keys = 200;
    private const int OperationsOfStep = 2_000;

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore()
    {
        VersionBefore.IgnoreIfMissing();
        _store = await TestStore.CreateUntouchedAsync(kind);
    }

    [TearDown]
    public async Task DeleteStore() => await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>Two replicas are replaced one after the other, and then one of them is rolled back. Clients use both all the time.</summary>
    [Test]
    public async Task A_rolling_restart_to_this_version_and_back_gives_no_wrong_answer()
    {
        var servers = new List<ServerProcess> { await StartAsync(VersionBefore.Server!), await StartAsync(VersionBefore.Server!) };
        try
        {
            await SetAllAsync(servers[0].Http);
            using var load = new RegisterLoad { Servers = Addresses(), HasServersWithoutReceipts = true };
            using var isOver = new CancellationTokenSource();
            var running = load.RunAsync(() => isOver.IsCancellationRequested);
            try
            {
                await StepAsync();
                await ReplaceAsync(0, ServerProcess.Program);
                await StepAsync();
                await ReplaceAsync(1, ServerProcess.Program);
                await StepAsync();
                await ReplaceAsync(0, VersionBefore.Server!);
                await StepAsync();
            }
            finally
            {
                await isOver.CancelAsync();
                await running;
            }

            var result = await running;
            TestContext.Out.WriteLine($"two replicas replaced, one rolled back: {result}");
            result.ShouldBeLinearizable();
            await VerifyAllAsync(servers[0].Http, servers[1].Http);

            Task StepAsync()
            {
                var enough = load.Operations + OperationsOfStep;
                return Eventually.HoldsAsync(() => load.Operations >= enough, seconds: 120);
            }

            async Task ReplaceAsync(int index, string program)
            {
                var old = servers[index];
                servers[index] = await StartAsync(program);
                load.Servers = Addresses();
                (await old.StopAsync()).Should().Be(0);
                await old.DisposeAsync();
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }

        Uri[] Addresses() => [.. servers.Select(server => server.Http.BaseAddress!)];
    }

    [Test]
    public async Task A_receipt_of_this_version_is_a_key_without_a_value_for_the_version_before()
    {
        await using var before = await StartAsync(VersionBefore.Server!);
        await using var now = await StartAsync(ServerProcess.Program);
        await before.Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
        (await now.Http.ValueAsync("k")).Should().Be("v");

        using var readBefore = await before.Http.PostKvAsync("""{"key": "k"}""");
        using var readNow = await now.Http.PostKvAsync("""{"key": "k"}""");
        using var set = await before.Http.PutKvAsync("""{"key": "k", "value": "new"}""");

        readBefore.StatusCode.Should().Be(HttpStatusCode.NotFound);
        readNow.StatusCode.Should().Be(HttpStatusCode.Gone);
        set.StatusCode.Should().Be(HttpStatusCode.OK);
        (await now.Http.ValueAsync("k")).Should().Be("new");
    }

    private static Task SetAllAsync(HttpClient http) => Parallel.ForEachAsync(Enumerable.Range(0, Keys), async (key, _) =>
    {
        using var set = await http.PutKvAsync(string.Create(
            CultureInfo.InvariantCulture, $$"""{"key": "stays {{key}}", "value": "AP8=", "encoding": "base64", "ttl": 86400, "once": {{(key % 2 == 0 ? "true" : "false")}}}"""));
        set.EnsureSuccessStatusCode();
    });

    private static async Task VerifyAllAsync(params HttpClient[] servers)
    {
        for (var key = 0; key < Keys; key++)
        {
            using var response = await servers[key / 2 % servers.Length].PostKvAsync($$"""{"key": "stays {{key}}"}""");
            using var answer = JsonDocument.Parse(await response.TextAsync());
            answer.RootElement.GetProperty("value").GetString().Should().Be("AP8=");
            answer.RootElement.TryGetProperty("expires_at", out _).Should().BeTrue();
        }
    }

    private async Task<ServerProcess> StartAsync(string program)
    {
        var server = ServerProcess.Run(
            ["dotnet", program], _store.Folder, Postgres.Settings(_store.Location).Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
        await server.WaitUntilListeningAsync();
        await server.WaitUntilReadyAsync();
        return server;
    }
}
