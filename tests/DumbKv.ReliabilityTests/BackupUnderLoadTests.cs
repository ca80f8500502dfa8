namespace DumbKv.ReliabilityTests;

public sealed class BackupUnderLoadTests
{
    [Test]
    public async Task A_backup_contains_every_write_that_was_answered_before_it_began()
    {
        await using var store = await TestStore.CreateAsync();
        var ledger = new Ledger();
        var before = new List<string[]>();
        var cycles = Rounds.Of(2, 20);

        await using (var server = await ServerProcess.StartAsync(store.Folder))
        {
            using var enough = new CancellationTokenSource();
            var load = ledger.WriteAsync(server.Http, 8, enough.Token, pause: TimeSpan.FromMilliseconds(10));
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                var count = ledger.Count;
                await Eventually.HoldsAsync(() => ledger.Count >= count + 200);
                before.Add(ledger.Acknowledged);
                var run = await CommandRun.OnAsync(store, "backup", $"{cycle}.db");

                run.ExitCode.Should().Be(0, run.Output);
                ledger.Count.Should().BeGreaterThan(before[cycle].Length, "writes should continue");
            }

            await enough.CancelAsync();
            await load;
            await server.StopAsync();
        }

        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var restore = await CommandRun.OnAsync(store, "restore", $"{cycle}.db");
            restore.ExitCode.Should().Be(0, restore.Output);

            await using var restored = await ServerProcess.StartAsync(store.Folder);
            var verdict = await ledger.VerifyAsync(restored.Http, before[cycle]);
            verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });
            await restored.StopAsync();
        }

        TestContext.Out.WriteLine($"{cycles} backups under load, {ledger.Count} writes: each contains every write that was answered before it");
    }
}
