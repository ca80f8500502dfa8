namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>
/// Whatever fails under load, what clients were answered can be explained by a register that does one operation after the
/// other, each between its call and its answer. The histories are checked, not the database.
/// </summary>
public sealed class LinearizabilityTests
{
    private static readonly int Operations = Rounds.Of(6_700, 340_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_SQLite_server_that_is_killed_again_and_again_is_linearizable()
    {
        var kills = Rounds.Of(4, 100);
        var server = await ServerProcess.StartAsync(_folder.FullName);
        using var load = new RegisterLoad { Servers = [server.Http.BaseAddress!] };

        try
        {
            var result = await RunAsync(load, kills, async _ =>
            {
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(_folder.FullName);
                load.Servers = [server.Http.BaseAddress!];
            });

            TestContext.Out.WriteLine($"SQLite, {kills} kills: {result}");
            result.ShouldBeLinearizable();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [TestCaseSource(typeof(Stores), nameof(Stores.PostgresOnly))]
    public async Task Four_replicas_whose_database_restarts_at_once_are_linearizable(StoreKind kind)
    {
        kind.Should().Be(StoreKind.Postgres);
        var restarts = Rounds.Of(4, 100);
        await using var postgres = await Postgres.StartAsync();
        await using var replicas = await Replicas.StartAsync(_folder.FullName, postgres.ConnectionString());
        using var load = new RegisterLoad { Servers = replicas.Addresses };

        var result = await RunAsync(load, restarts, async _ =>
        {
            await postgres.StopImmediatelyAsync();
            await postgres.StartAsync();
        });

        TestContext.Out.WriteLine($"four replicas on PostgreSQL, {restarts} immediate restarts: {result}");
        result.ShouldBeLinearizable();
    }

    /// <summary>
    /// The address leads to the standby while that is in recovery, and it is promoted later. Just before the primary is killed
    /// the answers to commits are lost.
    /// </summary>
    [TestCaseSource(typeof(Stores), nameof(Stores.PostgresOnly))]
    public async Task Four_replicas_whose_database_fails_over_are_linearizable(StoreKind kind)
    {
        kind.Should().Be(StoreKind.Postgres);
        var failovers = Rounds.Of(2, 40);
        var primary = await Postgres.StartAsync();
        using var address = new MovingProxy(primary.Port);
        LocalPostgres? standby = null;

        try
        {
            await using var replicas = await Replicas.StartAsync(_folder.FullName, $"{primary.ConnectionString()};Port={address.Port}");
            using var load = new RegisterLoad { Servers = replicas.Addresses };

            var result = await RunAsync(load, failovers, async failover =>
            {
                standby = await primary.StartStandbyAsync();
                await primary.RequireStandbysAsync("*");
                await Until.HoldsAsync(async () => await primary.ExecuteAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L);
                var operations = load.Operations;
                await Until.HoldsAsync(() => load.Operations > operations + 300);

                address.SwallowFrom("INSERT 0 1", "UPDATE 1", "DELETE 1");
                await Task.Delay(TimeSpan.FromMilliseconds(150));
                await primary.KillAsync();
                address.MoveTo(standby.Port);
                await Task.Delay(TimeSpan.FromMilliseconds(500 + (failover * 150 % 450)));
                await standby.PromoteAsync();

                await primary.DisposeAsync();
                (primary, standby) = (standby, null);
            });

            TestContext.Out.WriteLine($"four replicas on PostgreSQL, {failovers} failovers: {result}");
            result.ShouldBeLinearizable();
        }
        finally
        {
            await primary.DisposeAsync();
            await (standby?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    /// <summary>Runs the load with faults, spread evenly over it.</summary>
    private static async Task<LoadResult> RunAsync(RegisterLoad load, int faults, Func<int, Task> faultAsync)
    {
        var isBroken = false;
        var running = load.RunAsync(Operations, isEnough: () => isBroken);
        try
        {
            for (var fault = 0; fault < faults; fault++)
            {
                var moment = (fault + 1) * (Operations / (faults + 1));
                await Until.HoldsAsync(() => load.Operations >= moment);
                await faultAsync(fault);
            }
        }
        catch
        {
            isBroken = true;
            await running;
            throw;
        }

        return await running;
    }

    private sealed class Replicas : IAsyncDisposable
    {
        private readonly List<ServerProcess> _servers = [];

        public Uri[] Addresses => [.. _servers.Select(server => server.Http.BaseAddress!)];

        public static async Task<Replicas> StartAsync(string folder, string location)
        {
            var replicas = new Replicas();
            try
            {
                for (var count = 0; count < 4; count++)
                {
                    replicas._servers.Add(await ServerProcess.StartAsync(folder, Postgres.Settings(location)));
                }

                return replicas;
            }
            catch
            {
                await replicas.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in _servers)
            {
                await server.DisposeAsync();
            }
        }
    }
}
