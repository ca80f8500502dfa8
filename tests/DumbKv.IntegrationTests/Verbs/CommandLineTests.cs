using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Verbs;

/// <summary>How the command line speaks: help by example, errors in one line, exit codes.</summary>
public sealed class CommandLineTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("upgrade", "DATABASE_LOCATION=dumbkv.db dumbkv upgrade --from database/dumbkv.db")]
    [TestCase("copy", "dumbkv copy --from dumbkv.db --to postgres://dumbkv@host/dumbkv")]
    [TestCase("backup", "DATABASE_LOCATION=dumbkv.db dumbkv backup monday.db")]
    [TestCase("restore", "DATABASE_LOCATION=dumbkv.db dumbkv restore monday.db")]
    [TestCase("check", "DATABASE_LOCATION=dumbkv.db dumbkv check")]
    public async Task Help_teaches_by_example(string verb, string example)
    {
        var run = await VerbRun.OnAsync(_store, verb, "--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain(example);
    }

    [TestCase("Option '--to' is required.", "copy", "--from", "a.db")]
    [TestCase("Name the file to write: dumbkv backup FILE", "backup")]
    [TestCase("Name the backup: dumbkv restore FILE", "restore")]
    [TestCase("Name the backup: dumbkv restore FILE", "restore", "")]
    [TestCase("Name the file to write: dumbkv backup FILE", "backup", " ")]
    [TestCase("dumbkv restore takes one FILE, and 'b.db' is a second one.", "restore", "a.db", "b.db")]
    [TestCase("'--from' is not an option of dumbkv restore. See dumbkv restore --help", "restore", "--from", "a.db")]
    [TestCase("'--from' is not an option of dumbkv restore. See dumbkv restore --help", "restore", "a.db", "--from=b.db")]
    [TestCase("'--keep' is not an option of dumbkv backup. See dumbkv backup --help", "backup", "--keep")]
    [TestCase("dumbkv check has an argument too many. See dumbkv check --help", "check", "a.db")]
    [TestCase("'bakcup' is not a command. See dumbkv --help", "bakcup")]
    [TestCase("dumbkv.db does not exist. Name the store's file in DATABASE_LOCATION.", "backup", "b.db")]
    [TestCase("dumbkv.db does not exist. Name the original's file in DATABASE_LOCATION, or with --from.", "upgrade")]
    [TestCase("none.db does not exist.", "upgrade", "--from", "none.db")]
    public async Task A_wrong_call_is_answered_with_what_is_wrong(string expected, params string[] arguments)
    {
        var run = await VerbRun.OnAsync(_store, arguments);

        run.ExitCode.Should().Be(2);
        run.Output.Should().Contain(expected);
        Directory.GetFiles(_store.Folder).Should().BeEmpty();
    }

    [Test]
    public async Task A_wrong_setting_is_answered_in_one_line()
    {
        var run = await VerbRun.WithAsync(_store, [("DATABASE_TYPE", "mysql")], "check");

        run.Should().Be(new VerbRun(2, "DATABASE_TYPE: must be one of sqlite, postgres."));
    }

    [Test]
    public async Task A_database_that_is_away_ends_a_verb()
    {
        const string away = "postgres://user:secret@127.0.0.1:1/db";

        var run = await VerbRun.OnAsync(_store, "copy", "--from", away, "--to", "b.db");

        run.Should().Be(new VerbRun(1, "PostgreSQL database db at 127.0.0.1:1 does not answer: Connection refused"));
    }
}
