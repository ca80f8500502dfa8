namespace DumbKv.ReliabilityTests;

/// <summary>The proofs find bugs that were planted for them.</summary>
public sealed class FaultyServerTests
{
    private static readonly string FaultyServer = Path.Combine(AppContext.BaseDirectory, "dumbkv-faulty.dll");

    [Test]
    public async Task An_answer_before_the_commit_is_found_by_a_kill()
    {
        var verdict = await KillProof.RunAsync(["dotnet", FaultyServer, "answer-before-commit"], 20, stopEarly: soFar => soFar.Lost > 0);

        verdict.Lost.Should().BePositive();
    }

    [Test]
    public async Task A_commit_that_is_not_put_on_disk_is_found_by_its_system_calls()
    {
        var safe = await FsyncProof.RunAsync(["dotnet", FaultyServer, "no-fsync"], 50);

        safe.Should().Be(0);
    }
}
