using System.Diagnostics;

namespace DumbKv.ReliabilityTests;

/// <summary>Two PostgreSQL clusters, primary and synchronous standby, and one server that is configured with both.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class FailoverTests(StoreKind kind)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_failover_loses_nothing_and_needs_no_restart()
    {
        kind.Should().Be(StoreKind.Postgres);
        var rounds = Rounds.Of(1, 20);
        var total = 0;
        var slowest = TimeSpan.Zero;

        for (var round = 0; round < rounds; round++)
        {
            await using var primary = await Postgres.StartAsync();
            await using var standby = await primary.StartStandbyAsync();
            await primary.RequireStandbysAsync("*");
            await Eventually.HoldsAsync(async () => await primary.ExecuteAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L);
            await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(
                $"{primary.ConnectionString()};Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}"));

            var ledger = new Ledger();
            using var enough = new CancellationTokenSource();
            var load = ledger.WriteAsync(server.Http, 8, enough.Token);
            await Eventually.HoldsAsync(() => ledger.Count >= 200);
            await primary.KillAsync();
            var before = ledger.Count;
            await standby.PromoteAsync();
            var promoted = Stopwatch.StartNew();
            await Eventually.HoldsAsync(() => ledger.Count > before + 20);
            slowest = promoted.Elapsed > slowest ? promoted.Elapsed : slowest;
            await enough.CancelAsync();
            await load;

            var verdict = await ledger.VerifyAsync(server.Http);
            verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });
            server.HasExited.Should().BeFalse();
            total += verdict.Acknowledged;
        }

        TestContext.Out.WriteLine($"{rounds} failovers: {total} writes answered, none lost; writes continued at most {slowest.TotalSeconds:0.0} s after the promotion");
        slowest.Should().BeLessThan(TimeSpan.FromSeconds(15));
    }

    [Test]
    public async Task Without_its_synchronous_standby_no_write_is_acknowledged()
    {
        await using var primary = await Postgres.StartAsync();
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(primary.ConnectionString()));
        await server.Http.PutKvAsync("""{"key": "before", "value": "v"}""");
        await primary.RequireStandbysAsync("one_that_is_away");
        await primary.UntilCommitsWaitAsync();

        var answers = await Task.WhenAll(
            server.Http.PutKvAsync("""{"key": "new", "value": "v"}"""),
            server.Http.PutKvAsync("""{"key": "before", "value": "w", "overwrite": true}"""),
            server.Http.DeleteKvAsync("""{"key": "none"}"""));
        await primary.RequireStandbysAsync(string.Empty);
        using var after = await server.Http.PutKvAsync("""{"key": "after", "value": "v"}""");

        answers.Take(2).Should().AllSatisfy(answer => ((int)answer.StatusCode).Should().Be(503));
        ((int)answers[2].StatusCode).Should().BeOneOf([200, 503], "a write that changes nothing needs no standby, unless it shares the transaction of one that does");
        ((int)after.StatusCode).Should().Be(200);
    }

    [Test]
    public async Task A_cancelled_wait_for_the_standby_is_not_a_success()
    {
        await using var primary = await Postgres.StartAsync();
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(primary.ConnectionString()));
        await server.Http.PutKvAsync("""{"key": "gone", "value": "v"}""");
        await primary.RequireStandbysAsync("one_that_is_away");
        await primary.UntilCommitsWaitAsync();
        const string Waiting = "FROM pg_stat_activity WHERE application_name = 'dumbkv' AND wait_event = 'SyncRep'";

        // PostgreSQL commits the transaction whose wait is cancelled, and warns that it may not be replicated.
        var set = server.Http.PutKvAsync("""{"key": "new", "value": "v"}""");
        await CancelAsync();
        await Eventually.HoldsAsync(async () => set.IsCompleted || await primary.ExecuteAsync($"SELECT count(*) {Waiting}") is 1L);
        var isHeld = !set.IsCompleted;
        await primary.RequireStandbysAsync(string.Empty);
        using var confirmed = await set;

        await primary.RequireStandbysAsync("one_that_is_away");
        await primary.UntilCommitsWaitAsync();
        var delete = server.Http.DeleteKvAsync("""{"key": "gone"}""");
        await CancelAsync();
        using var unknown = await delete;

        isHeld.Should().BeTrue("a separate write should wait for the standby until the first one is known to be replicated");
        ((int)confirmed.StatusCode).Should().Be(200);
        ((int)unknown.StatusCode).Should().Be(503);

        Task CancelAsync() => Eventually.HoldsAsync(async () => await primary.ExecuteAsync($"SELECT count(pg_cancel_backend(pid)) {Waiting}") is 1L);
    }
}
