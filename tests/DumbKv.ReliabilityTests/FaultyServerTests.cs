namespace DumbKv.ReliabilityTests;

/// <summary>The proofs find planted bugs.</summary>
public sealed class FaultyServerTests
{
    private static readonly string FaultyServer = Path.Combine(AppContext.BaseDirectory, "dumbkv-faulty.dll");

    [Test]
    public async Task A_kill_reveals_an_answer_before_the_commit()
    {
        var verdict = await KillProof.RunAsync(["dotnet", FaultyServer, "answer-before-commit"], 20, stopEarly: soFar => soFar.Lost > 0);

        verdict.Lost.Should().BePositive();
    }

    [Test]
    public async Task The_system_calls_reveal_a_commit_that_is_not_synced_to_disk()
    {
        var safe = await FsyncProof.RunAsync(["dotnet", FaultyServer, "no-fsync"], 50);

        safe.Should().Be(0);
    }
}
