using System.Diagnostics;
using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A SQLite file has one server, whatever paths lead to it.</summary>
public sealed class SharedFileTests
{
    private TestStore _store = null!;
    private DirectoryInfo _other = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        _other = Directory.CreateTempSubdirectory("dumbkv-test-");
    }

    [TearDown]
    public async Task DeleteStore()
    {
        _other.Delete(recursive: true);
        await _store.DisposeAsync();
    }

    [TestCase("dumbkv.db")]
    [TestCase("a store.db")]
    public async Task A_file_that_is_mounted_as_a_single_file_is_refused(string name)
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        var target = Path.Combine(_other.FullName, name);
        await File.WriteAllTextAsync(target, string.Empty);
        await using var mount = await Mount.BindAsync(_store.Location, target);

        var (exitCode, output) = await RunServerAsync(target);

        exitCode.Should().Be(2);
        output.Should().StartWith($"{target} is mounted as a single file.").And.Contain("Mount the directory that holds it.").And.NotContain("\n");
    }

    [Test]
    public async Task A_file_that_is_mounted_as_a_single_file_is_refused_through_links_too()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        var target = Path.Combine(_other.FullName, "dumbkv.db");
        await File.WriteAllTextAsync(target, string.Empty);
        await using var mount = await Mount.BindAsync(_store.Location, target);
        Directory.CreateSymbolicLink(Path.Combine(_other.FullName, "folder"), _other.FullName);
        File.CreateSymbolicLink(Path.Combine(_other.FullName, "link.db"), "folder/dumbkv.db");

        var (exitCode, output) = await RunServerAsync(Path.Combine(_other.FullName, "folder", "link.db"));

        exitCode.Should().Be(2);
        output.Should().Contain("is mounted as a single file.");
    }

    [Test]
    public async Task A_file_with_a_second_name_is_refused_under_both_names()
    {
        var second = Path.Combine(_other.FullName, "second.db");
        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        }

        await LinkAsync(_store.Location, second);

        foreach (var name in new[] { _store.Location, second })
        {
            var (exitCode, output) = await RunServerAsync(name);
            exitCode.Should().Be(2);
            output.Should().StartWith($"{name} has 2 names (hard links)").And.Contain("Remove the other names").And.NotContain("\n");
        }

        File.Delete(second);
        await using var again = await ServerProcess.StartAsync(_store.Folder);
        (await again.Http.ValueAsync("k")).Should().Be("v");
    }

    [TestCase("check")]
    [TestCase("backup", "copy.db")]
    [TestCase("upgrade")]
    public async Task Commands_refuse_the_files_that_a_server_refuses(params string[] command)
    {
        await (await ServerProcess.StartAsync(_store.Folder)).DisposeAsync();
        await LinkAsync(_store.Location, Path.Combine(_other.FullName, "second.db"));

        var linked = await CommandRun.OnAsync(_store, command);
        var uri = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", "file:dumbkv.db")], command);

        linked.Should().Match<CommandRun>(run => run.ExitCode == 2 && run.Output.Contains("has 2 names (hard links)"));
        uri.ExitCode.Should().Be(2, uri.Output);
    }

    [Test]
    public async Task A_second_path_to_the_folder_leads_to_the_same_lock()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        var mounted = _other.CreateSubdirectory("mounted").FullName;
        await using var mount = await Mount.BindAsync(_store.Folder, mounted);
        var link = Directory.CreateSymbolicLink(Path.Combine(_other.FullName, "link"), _store.Folder).FullName;

        foreach (var folder in new[] { mounted, link })
        {
            var (exitCode, output) = await RunServerAsync(Path.Combine(folder, "dumbkv.db"));
            exitCode.Should().Be(1);
            output.Should().Contain("dumbkv.db is in use: another process still held ");
        }
    }

    [Test]
    public async Task A_start_that_locked_a_replaced_lock_file_continues_to_wait()
    {
        var file = $"{_store.Location}.lock";
        var trace = Path.Combine(_other.FullName, "trace");
        await using var first = await ServerProcess.StartAsync(_store.Folder);

        // The lock file is replaced between the second server's open and its lock, as by hand or by a cleanup script.
        await using var second = ServerProcess.LaunchUnder(
            ["strace", "-f", "-qq", "-o", trace, "-P", file, "-e", "trace=flock", "-e", "inject=flock:delay_enter=1500000:when=1"],
            _store.Folder,
            [new("LOCK_WAIT_SECONDS", "3")]);
        await Eventually.HoldsAsync(() => File.Exists(trace) && HasOpen(second, file));
        File.Delete(file);
        using var set = await first.Http.PutKvAsync("""{"key": "k", "value": "v"}"""); // The first server locks the file again.

        (await second.ExitCodeAsync()).Should().Be(1);
        second.Output.Should().Contain("is in use").And.NotContain("The store is ready");
        set.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_server_whose_lock_file_was_removed_does_not_write_while_another_server_holds_a_new_one()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        File.Delete($"{_store.Location}.lock");
        await using (var second = await ServerProcess.StartAsync(_store.Folder))
        {
            using var refused = await first.Http.PutKvAsync("""{"key": "k", "value": "first"}""");
            using var set = await second.Http.PutKvAsync("""{"key": "k", "value": "second"}""");

            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            (await refused.DetailAsync()).Should().Be("Another process uses the store's file. Try again.");
            set.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        using var again = await first.Http.PutKvAsync("""{"key": "k2", "value": "first"}""");
        again.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_start_uses_the_file_that_exists_when_its_wait_ends()
    {
        var folder = Path.Combine(_other.FullName, "store");
        var location = Path.Combine(folder, "dumbkv.db");
        await using var first = await ServerProcess.StartAsync(_store.Folder, ("DATABASE_LOCATION", location));
        await first.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await using var second = ServerProcess.Launch(_store.Folder, [new("DATABASE_LOCATION", location)]);
        await second.WaitUntilListeningAsync();
        await second.WaitForOutputAsync("another process uses");

        Directory.Delete(folder, recursive: true);
        await second.WaitUntilReadyAsync();
        using var set = await second.Http.PutKvAsync("""{"key": "k", "value": "second"}""");
        using var refused = await first.Http.PutKvAsync("""{"key": "k2", "value": "v"}""");

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        await second.StopAsync();
        File.Exists(location).Should().BeTrue();
    }

    [Test]
    public async Task A_start_whose_link_was_changed_while_it_waited_is_refused()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        var link = Path.Combine(_other.FullName, "link.db");
        File.CreateSymbolicLink(link, _store.Location);
        await using var second = ServerProcess.Launch(_store.Folder, [new("DATABASE_LOCATION", link)]);
        await second.WaitUntilListeningAsync();
        await second.WaitForOutputAsync("another process uses");

        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(_other.FullName, "another.db"));

        (await second.ExitCodeAsync()).Should().Be(1);
        second.Output.Should().Contain("and now leads to another file. Start again.");
    }

    private static bool HasOpen(ServerProcess server, string file)
    {
        // The server is strace's child.
        var child = File.ReadAllText($"/proc/{server.Id}/task/{server.Id}/children").Trim();
        return child.Length > 0 && Directory.EnumerateFiles($"/proc/{child}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == file);
    }

    private async Task<(int ExitCode, string Output)> RunServerAsync(string location)
    {
        await using var server = ServerProcess.Launch(
            _store.Folder, [new("DATABASE_LOCATION", location), new("LOCK_WAIT_SECONDS", "0"), new("LOG_LEVEL", "Error")]);
        return (await server.ExitCodeAsync(), server.Output);
    }

    private static async Task LinkAsync(string file, string name)
    {
        using var process = Process.Start("ln", [file, name]);
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
    }
}
