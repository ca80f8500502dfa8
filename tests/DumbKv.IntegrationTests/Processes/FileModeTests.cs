using System.Runtime.Versioning;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>Only the server's own user can read the store, whatever the umask.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileModeTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // An operator who does not know about the umask.
    private static readonly string[] WithoutUmask = ["sh", "-c", "umask 000; exec \"$@\"", "sh"];

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("wal", "dumbkv.db", "dumbkv.db-shm", "dumbkv.db-wal", "dumbkv.db.lock")]
    [TestCase("truncate", "dumbkv.db", "dumbkv.db-journal", "dumbkv.db.lock")]
    public async Task Every_file_and_folder_that_the_server_creates_is_private(string journal, params string[] files)
    {
        var folder = Path.Combine(_store.Folder, "outer", "inner");
        await using var server = ServerProcess.LaunchUnder(
            WithoutUmask, _store.Folder, [new("DATABASE_LOCATION", Path.Combine(folder, "dumbkv.db")), new("SQLITE_JOURNAL", journal)]);
        await server.WaitUntilListeningAsync();
        await server.WaitUntilReadyAsync();
        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();
        await server.Http.ValueAsync("k");

        Directory.EnumerateFiles(folder).Select(Path.GetFileName).Should().BeEquivalentTo(files);
        foreach (var file in files)
        {
            File.GetUnixFileMode(Path.Combine(folder, file)).Should().Be(Private, file);
        }

        foreach (var made in new[] { folder, Path.GetDirectoryName(folder)! })
        {
            File.GetUnixFileMode(made).Should().Be(Private | UnixFileMode.UserExecute, made);
        }

        server.Output.Should().NotContain("can open the store's files");
    }

    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.OtherWrite)]
    public async Task A_store_that_everyone_can_open_causes_a_warning_and_is_left_unchanged(UnixFileMode others)
    {
        await (await ServerProcess.StartAsync(_store.Folder)).DisposeAsync();
        File.SetUnixFileMode(_store.Location, Private | others);

        await using var server = await ServerProcess.StartAsync(_store.Folder);

        server.Output.Should().Contain($"Every user of this machine can open the store's files. Run: chmod o-rw {_store.Location}");
        File.GetUnixFileMode(_store.Location).Should().Be(Private | others);
    }

    [Test]
    public async Task A_store_that_its_group_can_open_causes_no_warning()
    {
        await (await ServerProcess.StartAsync(_store.Folder)).DisposeAsync();
        File.SetUnixFileMode(_store.Location, Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);

        await using var server = await ServerProcess.StartAsync(_store.Folder);

        server.Output.Should().NotContain("can open the store's files");
    }

    [Test]
    public async Task A_lock_file_that_everyone_can_open_is_made_private()
    {
        var file = $"{_store.Location}.lock";
        await File.WriteAllTextAsync(file, string.Empty);
        File.SetUnixFileMode(file, Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        await using var server = await ServerProcess.StartAsync(_store.Folder);

        File.GetUnixFileMode(file).Should().Be(Private);
    }
}
