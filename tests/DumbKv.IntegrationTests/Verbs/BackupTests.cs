using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Verbs;

/// <summary><c>dumbkv backup</c>. Under load, and the way back: tests/DumbKv.ReliabilityTests.</summary>
public sealed class BackupTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task It_replaces_nothing()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var file = Path.Combine(_store.Folder, "mine.txt");
        await File.WriteAllTextAsync(file, "mine");

        var run = await VerbRun.OnAsync(_store, "backup", file);

        run.Should().Be(new VerbRun(1, $"{file} exists. Name a file that does not, for a backup replaces nothing."));
        (await File.ReadAllTextAsync(file)).Should().Be("mine");
    }

    [Test]
    public async Task A_folder_that_is_not_there_is_an_error_in_one_line()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var run = await VerbRun.OnAsync(_store, "backup", Path.Combine(_store.Folder, "no", "where.db"));

        run.ExitCode.Should().Be(1);
        run.Output.Should().NotContain("\n").And.Contain("where.db");
    }

    [Test]
    public async Task Of_PostgreSQL_its_own_tools_make_one()
    {
        var run = await VerbRun.WithAsync(_store, [("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", "postgres://u:p@127.0.0.1:1/d")], "backup", "b.db");

        run.ExitCode.Should().Be(2);
        run.Output.Should().Contain("pg_dump");
    }
}
