namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>The checker finds planted bugs (tests/DumbKv.FaultyServer).</summary>
public sealed class PlantedBugTests
{
    private static readonly string FaultyServer = Path.Combine(AppContext.BaseDirectory, "dumbkv-faulty.dll");

    [TestCase("stale-read", "get")]
    [TestCase("repeated-write", "")]
    [TestCase("read-once-twice", "once")]
    public async Task A_planted_bug_is_found_and_described(string bug, string described)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = ServerProcess.Run(["dotnet", FaultyServer, bug], store.Folder, []);
        await server.WaitUntilListeningAsync();
        await server.WaitUntilReadyAsync();
        using var load = new RegisterLoad { Servers = [server.Http.BaseAddress!] };

        var result = await load.RunAsync(isEnough: () => load.HasFoundViolation || load.Operations > 20_000);

        TestContext.Out.WriteLine($"{bug}: {result}\n{string.Join('\n', result.Violations)}");
        result.Violations.Should().NotBeEmpty();
        result.Violations.Should().AllSatisfy(violation => violation.TrimEnd().Split('\n').Length.Should().BeLessThanOrEqualTo(40));
        result.Violations.Should().Contain(violation => violation.Contains(described));
        result.Unexpected.Should().BeEmpty();
    }
}
