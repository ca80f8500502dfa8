using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DumbKv.TestHarness;
using k8s.Models;

namespace DumbKv.DeployTests;

/// <summary>A real Litestream replicates the store of a real server, with the configuration of overlays/sqlite-litestream and a folder as its bucket.</summary>
public sealed class LitestreamTests
{
    private DirectoryInfo? _folder;
    private string _litestream = null!;

    private string Store => Path.Combine(_folder!.FullName, "dumbkv.db");

    [SetUp]
    public async Task Prepare()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Ignore("npm has a Litestream for x86-64 Linux only.");
        }

        _litestream = await Manifests.PrepareAsync("litestream");
        _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        await File.WriteAllTextAsync(Path.Combine(_folder!.FullName, "litestream.yml"), await ConfigurationAsync());
    }

    [TearDown]
    public void Delete() => _folder?.Delete(recursive: true);

    /// <summary>The drill of deploy/k8s/README.md: the node of the server is lost with its disk.</summary>
    [Test]
    public async Task After_the_loss_of_a_node_at_most_the_writes_of_the_last_seconds_are_missing()
    {
        var answered = new List<(int Number, long Time)>();
        long killed;
        var (server, _) = await DeployedServer.LaunchAsync("overlays/sqlite-litestream", _folder!.FullName, "dumbkv.db");
        await using (server)
        {
            await server.WaitUntilReadyAsync();
            using var litestream = Launch("replicate", "-config", "litestream.yml");
            var replica = Path.Combine(_folder!.FullName, "bucket");
            await Eventually.HoldsAsync(() => Directory.Exists(replica) && Directory.EnumerateFiles(replica, "*", SearchOption.AllDirectories).Any(), seconds: 30);
            var until = Stopwatch.GetTimestamp() + (5 * Stopwatch.Frequency);
            for (var number = 0; Stopwatch.GetTimestamp() < until; number++)
            {
                using var set = await server.Http.PutKvAsync($$"""{"key": "key {{number}}", "value": "{{number}}"}""");
                set.EnsureSuccessStatusCode();
                answered.Add((number, Stopwatch.GetTimestamp()));
            }

            killed = Stopwatch.GetTimestamp();
            litestream.Kill();
            await server.KillAsync();
            await litestream.WaitForExitAsync();
        }

        foreach (var file in Directory.GetFiles(_folder!.FullName, "dumbkv.db*"))
        {
            File.Delete(file);
        }

        Directory.Delete(Path.Combine(_folder!.FullName, ".dumbkv.db-litestream"), recursive: true);

        // The arguments of the init container.
        var watch = Stopwatch.StartNew();
        var arguments = (await Manifests.RenderAsync("overlays/sqlite-litestream")).One<V1Deployment>().Spec.Template.Spec.InitContainers[0].Args
            .Select(argument => argument.Replace("/etc/litestream/", "", StringComparison.Ordinal).Replace("/data/dumbkvstore/dumbkv.db", Store, StringComparison.Ordinal));
        using (var restore = Launch([.. arguments]))
        {
            await restore.WaitForExitAsync();
            restore.ExitCode.Should().Be(0);
        }

        var (again, _) = await DeployedServer.LaunchAsync("overlays/sqlite-litestream", _folder!.FullName, "dumbkv.db");
        await using (again)
        {
            await again.WaitUntilReadyAsync();
            watch.Stop();
            var lost = new List<(int Number, long Time)>();
            foreach (var write in answered)
            {
                using var get = await again.Http.PostKvAsync($$"""{"key": "key {{write.Number}}"}""");
                if (!get.IsSuccessStatusCode)
                {
                    lost.Add(write);
                }
            }

            lost.Select(write => write.Number).Should().Equal(Enumerable.Range(answered.Count - lost.Count, lost.Count), "only the last writes are lost, without a gap");
            var age = lost.Count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(lost[0].Time, killed);
            age.Should().BeLessThan(TimeSpan.FromSeconds(4), "the configuration replicates every second, and this machine is slow");
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answered.Count} writes, {lost.Count} lost, of the last {age.TotalSeconds:0.0} s. Restored and ready after {watch.Elapsed.TotalSeconds:0.0} s"));
        }
    }

    /// <summary>The configuration of the overlay, with another place of the store and a folder instead of the bucket.</summary>
    private async Task<string> ConfigurationAsync()
    {
        var text = (await Manifests.RenderAsync("overlays/sqlite-litestream")).All<V1ConfigMap>()
            .Single(map => map.Metadata.Name.StartsWith("dumbkv-litestream", StringComparison.Ordinal)).Data["litestream.yml"];
        text.Should().Contain("path: /data/dumbkvstore/dumbkv.db\n").And.Contain("type: s3\n        bucket: dumbkv-example\n        path: dumbkv\n        region: eu-central-1\n");
        return text.Replace("/data/dumbkvstore/dumbkv.db", Store, StringComparison.Ordinal)
            .Replace("type: s3\n        bucket: dumbkv-example\n        path: dumbkv\n        region: eu-central-1\n", $"type: file\n        path: {_folder!.FullName}/bucket\n", StringComparison.Ordinal)
            .Replace("\":9090\"", $"\"127.0.0.1:{LocalPostgres.FreePort()}\"", StringComparison.Ordinal);
    }

    private Process Launch(params string[] arguments) => Process.Start(new ProcessStartInfo(_litestream, arguments) { WorkingDirectory = _folder!.FullName })!;
}
