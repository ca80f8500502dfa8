namespace DumbKv.ReliabilityTests;

/// <summary>A file system that does not support a WAL.</summary>
public sealed class FuseTests
{
    [Test]
    public async Task A_kill_under_load_on_a_FUSE_mount_loses_nothing_that_was_answered()
    {
        await using var store = await TestStore.CreateAsync();
        var source = Directory.CreateDirectory(Path.Combine(store.Folder, "source")).FullName;
        var target = Directory.CreateDirectory(Path.Combine(store.Folder, "target")).FullName;
        await using var mount = await Mount.FuseAsync(source, target, "mergerfs");
        var cycles = Rounds.Of(2, 50);

        var verdict = await KillProof.RunAsync(["dotnet", ServerProcess.Program], cycles, folder: target);

        TestContext.Out.WriteLine($"{cycles} kills under load on a FUSE mount: {verdict}");
        verdict.Acknowledged.Should().BeGreaterThan(cycles * 100);
        verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });
        File.Exists(Path.Combine(source, "dumbkv.db-wal")).Should().BeFalse();
        File.Exists(Path.Combine(source, "dumbkv.db-journal")).Should().BeTrue("a commit truncates it and keeps the file");
    }
}
