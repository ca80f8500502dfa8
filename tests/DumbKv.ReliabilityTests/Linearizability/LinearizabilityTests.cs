using System.Collections.Concurrent;
using System.Globalization;

namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>
/// Whatever fails under load, the responses that clients got can be explained by a register that executes one operation after the
/// other, each between its call and its response. The checks use the histories and not the database.
/// </summary>
public sealed class LinearizabilityTests
{
    private static readonly int Operations = Rounds.Of(3_500, 34_000);
    private static readonly ConcurrentQueue<(string Scenario, int Faults, LoadResult Result)> Results = [];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    /// <summary>A long run has several parts, because a test that takes too long is treated as hanging.</summary>
    private static IEnumerable<int> Parts => Enumerable.Range(1, Rounds.Of(1, 10));

    private static IEnumerable<TestCaseData> PostgresParts => Stores.PostgresOnly.SelectMany(_ => Parts).Select(part => new TestCaseData(part));

    [OneTimeTearDown]
    public static void ReportTotals()
    {
        foreach (var scenario in Results.GroupBy(result => result.Scenario))
        {
            var total = scenario.Select(part => part.Result).Aggregate((sum, part) => sum + part);
            TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.Sum(part => part.Faults)} {scenario.Key}: {total}"));
        }
    }

    [TestCaseSource(nameof(Parts))]
    public async Task A_SQLite_server_that_is_killed_repeatedly_is_linearizable(int part)
    {
        var kills = Rounds.Of(4, 10);
        var server = await ServerProcess.StartAsync(_folder.FullName);
        using var load = new RegisterLoad { Servers = [server.Http.BaseAddress!] };

        try
        {
            await RunAsync(load, $"kills of a SQLite server, part {part}", kills, async _ =>
            {
                var killed = server;
                await killed.KillAsync();
                server = await ServerProcess.StartAsync(_folder.FullName);
                load.Servers = [server.Http.BaseAddress!];
                await killed.DisposeAsync();
            });
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [TestCaseSource(nameof(PostgresParts))]
    public async Task Four_replicas_whose_database_restarts_immediately_are_linearizable(int part)
    {
        var restarts = Rounds.Of(4, 10);
        await using var postgres = await Postgres.StartAsync();
        await using var replicas = await Replicas.StartAsync(_folder.FullName, postgres.ConnectionString());
        using var load = new RegisterLoad { Servers = replicas.Addresses };

        await RunAsync(load, $"immediate restarts of PostgreSQL under four replicas, part {part}", restarts, async _ =>
        {
            await postgres.StopImmediatelyAsync();
            await postgres.StartAsync();
        });
    }

    /// <summary>
    /// The address leads to the standby while that is in recovery, and it is promoted later. Just before the primary is killed, the
    /// responses to commits are lost.
    /// </summary>
    [TestCaseSource(nameof(PostgresParts))]
    public async Task Four_replicas_whose_database_fails_over_are_linearizable(int part)
    {
        var failovers = Rounds.Of(2, 5);
        var primary = await Postgres.StartAsync();
        using var address = new PostgresProxy(primary.Port);
        LocalPostgres? standby = null;

        try
        {
            await using var replicas = await Replicas.StartAsync(_folder.FullName, $"{primary.ConnectionString()};Port={address.Port}");
            using var load = new RegisterLoad { Servers = replicas.Addresses };

            await RunAsync(load, $"failovers of PostgreSQL under four replicas, part {part}", failovers, async failover =>
            {
                standby = await primary.StartStandbyAsync();
                await primary.RequireStandbysAsync("*");
                await Eventually.HoldsAsync(async () => await primary.ExecuteAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L);
                var operations = load.Operations;
                await Eventually.HoldsAsync(() => load.Operations > operations + 300);

                address.SwallowFrom("INSERT 0 1", "UPDATE 1", "DELETE 1");
                await Task.Delay(TimeSpan.FromMilliseconds(150));
                await primary.KillAsync();
                address.MoveTo(standby.Port);
                await Task.Delay(TimeSpan.FromMilliseconds(500 + (failover * 150 % 450)));
                await standby.PromoteAsync();

                await primary.DisposeAsync();
                (primary, standby) = (standby, null);
            });
        }
        finally
        {
            await primary.DisposeAsync();
            await (standby?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    /// <summary>Runs the load with faults that are spread evenly over it, and checks the responses.</summary>
    private static async Task RunAsync(RegisterLoad load, string scenario, int faults, Func<int, Task> faultAsync)
    {
        using var isOver = new CancellationTokenSource();
        var running = load.RunAsync(isEnough: () => isOver.IsCancellationRequested);
        try
        {
            for (var fault = 1; fault <= faults; fault++)
            {
                await UntilAsync(fault * (Operations / (faults + 1)));
                await faultAsync(fault);
            }

            await UntilAsync(Operations);
        }
        finally
        {
            await isOver.CancelAsync();
            await running;
        }

        var result = await running;
        Results.Enqueue((scenario.Split(',')[0], faults, result));
        TestContext.Out.WriteLine($"{faults} {scenario}: {result}");
        result.ShouldBeLinearizable();

        Task UntilAsync(int operations) => Eventually.HoldsAsync(() => load.Operations >= operations, seconds: 120);
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
