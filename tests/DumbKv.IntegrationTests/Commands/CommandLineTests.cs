using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary>The command line: help with examples, errors in one line, exit codes.</summary>
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
    [TestCase("backup", "DATABASE_LOCATION=dumbkv.db dumbkv backup --keep 14 /backup")]
    [TestCase("health", "METRICS_PORT=9464 dumbkv health")]
    [TestCase("check", "DATABASE_LOCATION=dumbkv.db dumbkv check")]
    public async Task Help_has_an_example(string command, string example)
    {
        var run = await CommandRun.OnAsync(_store, command, "--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain(example);
    }

    [TestCase("Option '--to' is required.", "copy", "--from", "a.db")]
    [TestCase("Name the file to write: dumbkv backup FILE", "backup")]
    [TestCase("Name the backup: dumbkv restore FILE", "restore")]
    [TestCase("Name the backup: dumbkv restore FILE", "restore", "")]
    [TestCase("Name the file to write: dumbkv backup FILE", "backup", " ")]
    [TestCase("dumbkv restore takes one FILE, and b.db is a second one.", "restore", "a.db", "b.db")]
    [TestCase("--from is not an option of dumbkv restore. See dumbkv restore --help", "restore", "--from", "a.db")]
    [TestCase("--from is not an option of dumbkv restore. See dumbkv restore --help", "restore", "a.db", "--from=b.db")]
    [TestCase("Name a number and the directory: dumbkv backup --keep N DIRECTORY", "backup", "--keep")]
    [TestCase("Name a number and the directory: dumbkv backup --keep N DIRECTORY", "backup", "--keep", "7")]
    [TestCase("--kept is not an option of dumbkv backup. See dumbkv backup --help", "backup", "--kept")]
    [TestCase("--keep must be a whole number from 1 to 10000.", "backup", "--keep", "0", ".")]
    [TestCase("--keep must be a whole number from 1 to 10000.", "backup", "--keep=-1", ".")]
    [TestCase("--keep must be a whole number from 1 to 10000.", "backup", "--keep", "all", ".")]
    [TestCase("dumbkv check has too many arguments. See dumbkv check --help", "check", "a.db")]
    [TestCase("bakcup is not a command. Did you mean backup? See dumbkv --help", "bakcup")]
    [TestCase("FILE is the address of a database. Name a file.", "backup", "Host=localhost;Username=u;Password=hunter2")]
    [TestCase("FILE is the address of a database. Name a file.", "backup", "postgres://u:hunter2@localhost/db")]
    [TestCase("FILE is the address of a database. Name a file.", "restore", "postgres://u:hunter2@localhost/db")]
    [TestCase("The first word is not a command. See dumbkv --help", "postgres://u:hunter2@localhost/db")]
    [TestCase("frobnicate is not a command. See dumbkv --help", "frobnicate")]
    [TestCase("serve is not a command. Run dumbkv without a command to start the server.", "serve")]
    [TestCase("start is not a command. Run dumbkv without a command to start the server.", "start", "--port", "80")]
    [TestCase("get is not a command. Read and write values over HTTP, with POST, PUT and DELETE /kv, or on the server's page.", "get", "key")]
    [TestCase("set is not a command. Read and write values over HTTP", "set", "key", "value")]
    [TestCase("migrate is not a command. The server creates and migrates the store when it starts.", "migrate")]
    [TestCase("help is not a command. See dumbkv --help", "help")]
    [TestCase("version is not a command. See dumbkv --version", "version")]
    [TestCase("--port is not an option of dumbkv. Set ASPNETCORE_URLS=http://localhost:8000 in the environment or in .env.", "--port")]
    [TestCase("--port is not an option of dumbkv. Set ASPNETCORE_URLS=http://localhost:18201 in the environment or in .env.", "--port", "18201")]
    [TestCase("--port is not an option of dumbkv. Set ASPNETCORE_URLS=http://localhost:18201 in the environment or in .env.", "--port=18201")]
    [TestCase("--urls is not an option of dumbkv. Set ASPNETCORE_URLS=http://localhost:8000 in the environment or in .env.", "--urls=http://localhost:80")]
    [TestCase("-p is not an option of dumbkv. Set ASPNETCORE_URLS=http://localhost:80 in the environment or in .env.", "-p", "80")]
    [TestCase("--db is not an option of dumbkv. Set DATABASE_LOCATION in the environment or in .env.", "--db", "x.db")]
    [TestCase("--max-value-bytes is not an option of dumbkv. Set MAX_VALUE_BYTES in the environment or in .env.", "--max-value-bytes=7")]
    [TestCase("--database-location is not an option of dumbkv check. Set DATABASE_LOCATION in the environment or in .env.", "check", "--database-location", "x.db")]
    [TestCase("Write settings before the program, or in .env: LOG_LEVEL=… dumbkv", "LOG_LEVEL=Debug")]
    [TestCase("--from: must be the path of a SQLite file", "copy", "--from", "sqlite:a.db", "--to", "b.db")]
    [TestCase("--to: must be the path of a SQLite file", "copy", "--from", "a.db", "--to", "sqlite:b.db")]
    [TestCase("--from: Npgsql does not support service.", "copy", "--from", "postgres://h/d?service=x", "--to", "b.db")]
    [TestCase("--from: must be the path of a SQLite file", "upgrade", "--from", "mysql://host/db")]
    [TestCase("dumbkv.db does not exist. Name the store's file in DATABASE_LOCATION.", "backup", "b.db")]
    [TestCase("dumbkv.db does not exist. Name the original server's file in DATABASE_LOCATION, or with --from.", "upgrade")]
    [TestCase("none.db does not exist.", "upgrade", "--from", "none.db")]
    public async Task A_wrong_command_line_is_explained(string expected, params string[] arguments)
    {
        var run = await CommandRun.OnAsync(_store, arguments);

        run.ExitCode.Should().Be(2);
        run.Output.Should().Contain(expected).And.NotContain("hunter2");
        Directory.GetFiles(_store.Folder).Should().BeEmpty();
    }

    [TestCase("check")]
    [TestCase("upgrade")]
    [TestCase("backup", "b.db")]
    [TestCase("restore", "b.db")]
    public async Task No_command_uses_a_URL_with_a_password_as_a_file_name(params string[] arguments)
    {
        foreach (var location in new[] { "postgres://user:hunter2@host/database", "Server=host;Password=hunter2", "user:hunter2@host/database" })
        {
            var run = await CommandRun.WithAsync(_store, [("DATABASE_LOCATION", location)], arguments);

            run.ExitCode.Should().Be(2);
            run.Output.Should().StartWith("DATABASE_LOCATION: must be the path of a SQLite file").And.NotContain("hunter2");
            Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty();
        }
    }

    [Test]
    public async Task Help_names_the_page_of_the_settings()
    {
        var run = await CommandRun.OnAsync(_store, "--help");

        run.Output.Should().Contain("docs/settings.md").And.Contain("ASPNETCORE_URLS");
    }

    [Test]
    public async Task A_wrong_setting_is_an_error_in_one_line()
    {
        var run = await CommandRun.WithAsync(_store, [("DATABASE_TYPE", "mysql")], "check");

        run.Should().Be(new CommandRun(2, "DATABASE_TYPE: must be one of sqlite, postgres."));
    }

    [Test]
    public async Task A_database_that_is_unavailable_ends_a_command()
    {
        const string away = "postgres://user:secret@127.0.0.1:1/db";

        var run = await CommandRun.OnAsync(_store, "copy", "--from", away, "--to", "b.db");

        run.Should().Be(new CommandRun(1, "PostgreSQL database db at 127.0.0.1:1 does not answer: Connection refused"));
    }
}
