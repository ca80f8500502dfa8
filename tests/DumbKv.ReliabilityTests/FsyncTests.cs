namespace DumbKv.ReliabilityTests;

public sealed class FsyncTests
{
    [Test]
    public async Task Every_write_is_on_disk_before_it_is_answered()
    {
        const int sets = 1_000;

        var safe = await FsyncProof.RunAsync(["dotnet", ServerProcess.Program], sets);

        TestContext.Out.WriteLine($"{safe} of {sets} sets were answered after an fsync");
        safe.Should().Be(sets);
    }
}
