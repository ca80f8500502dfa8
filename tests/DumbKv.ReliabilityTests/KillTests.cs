namespace DumbKv.ReliabilityTests;

public sealed class KillTests
{
    [Test]
    public async Task A_kill_under_load_loses_nothing_that_was_answered()
    {
        var cycles = Rounds.Of(10, 200);

        var verdict = await KillProof.RunAsync(["dotnet", ServerProcess.Program], cycles);

        TestContext.Out.WriteLine($"{cycles} kills under load: {verdict}");
        verdict.Acknowledged.Should().BeGreaterThan(cycles * 100);
        verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });
    }
}
