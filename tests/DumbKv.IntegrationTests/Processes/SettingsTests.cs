using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A wrong setting stops the start: exit code 2, one line that names it, no secret.</summary>
public sealed class SettingsTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("DATABASE_TYPE", "oracle", "DATABASE_TYPE: must be one of sqlite, postgres.")]
    [TestCase("MAX_VALUE_BYTES", "0", "MAX_VALUE_BYTES: must be a whole number from 1 to 67108864.")]
    [TestCase("MAX_VALUE_BYTES", "lots", "MAX_VALUE_BYTES: must be a whole number from 1 to 67108864.")]
    [TestCase("LOG_LEVEL", "loud", "LOG_LEVEL: must be one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [TestCase("LOG_FORMAT", "xml", "LOG_FORMAT: must be one of text, json.")]
    [TestCase("PEPPER", "hunter2-not-base64", "PEPPER: must be base64 of 16 to 64 bytes.")]
    [TestCase("PEPPER", "aHVudGVyMg==", "PEPPER: must be base64 of 16 to 64 bytes.")]
    [TestCase("PEPPER_FILE", "/nowhere/pepper", "PEPPER_FILE: /nowhere/pepper cannot be read.")]
    [TestCase("DATABASE_LOCATION", "/proc/nowhere/dumbkv.db", "DATABASE_LOCATION: /proc/nowhere/dumbkv.db cannot be opened for writing")]
    [TestCase("DATABASE_LOCATION", "/proc", "DATABASE_LOCATION: /proc is a directory. Name a file.")]
    [TestCase("DATABASE_LOCATION", "file:dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "FILE:///data/dumbkv.db?vfs=unix-none", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "sqlite:dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "sqlite:///dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "Data Source=dumbkv.db;Password=hunter2", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "DataSource=dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "Filename=dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "postgres://user:hunter2@host/database", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("SQLITE_JOURNAL", "off", "SQLITE_JOURNAL: must be one of auto, wal, truncate.")]
    [TestCase("LOCK_WAIT_SECONDS", "soon", "LOCK_WAIT_SECONDS: must be a whole number from 0 to 86400.")]
    [TestCase("MISSES_PER_MINUTE", "-1", "MISSES_PER_MINUTE: must be a whole number from 0 to 1000000.")]
    [TestCase("MAX_CONCURRENT_REQUESTS", "0", "MAX_CONCURRENT_REQUESTS: must be a whole number from 1 to 100000.")]
    [TestCase("MAX_STORE_BYTES", "1 GB", "MAX_STORE_BYTES: must be a whole number from 0 to 9223372036854775807.")]
    [TestCase("WRITE_TOKENS", "hunter2", "WRITE_TOKENS: must be SHA-256 hashes in hex")]
    [TestCase("WRITE_TOKENS", ",", "WRITE_TOKENS: must be SHA-256 hashes in hex", Description = "Nobody meant that everybody may write.")]
    [TestCase("TRUSTED_PROXIES", "10.0.0.0/8,hunter2", "TRUSTED_PROXIES: must be networks like 10.0.0.0/8")]
    [TestCase("ALLOWED_HOSTS", "https://kv.example.com", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.example.com:8000", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.example.com,", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.*.example.com", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "fd00::1", "ALLOWED_HOSTS: must be host names without scheme and port", Description = "Host headers have brackets around it.")]
    [TestCase("METRICS_PORT", "0", "METRICS_PORT: must be a whole number from 1 to 65535.")]
    [TestCase("AUDIT_LOG", "file", "AUDIT_LOG: must be one of off, stdout.")]
    [TestCase("ASPNETCORE_URLS", "localhost", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000")]
    [TestCase("ASPNETCORE_URLS", "http://localhost:8000/base", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000")]
    public async Task A_wrong_setting_is_named_in_one_line(string name, string value, string expected)
    {
        var (exitCode, output) = await RunAsync((name, value), ("LOG_LEVEL", name == "LOG_LEVEL" ? value : "Error"));

        exitCode.Should().Be(2);
        output.Should().StartWith(expected);
        output.Should().NotContain("\n").And.NotContain("hunter2").And.NotContain("aHVudGVyMg");
    }

    [Test]
    public async Task PEPPER_and_PEPPER_FILE_together_are_refused()
    {
        var (exitCode, output) = await RunAsync(("PEPPER", "AAAAAAAAAAAAAAAAAAAAAA=="), ("PEPPER_FILE", "pepper"));

        exitCode.Should().Be(2);
        output.Should().StartWith("PEPPER: set together with PEPPER_FILE");
    }

    [Test]
    public async Task The_metrics_have_a_port_of_their_own_or_none()
    {
        var (exitCode, output) = await RunAsync(("ASPNETCORE_URLS", "http://127.0.0.1:9464"), ("METRICS_PORT", "9464"));

        exitCode.Should().Be(2);
        output.Should().Be("METRICS_PORT: must be another port than those of ASPNETCORE_URLS.");
    }

    [Test]
    public async Task The_metrics_port_needs_a_host()
    {
        var (exitCode, output) = await RunAsync(("ASPNETCORE_URLS", $"http://unix:{_store.Folder}/socket"), ("METRICS_PORT", "9464"));

        exitCode.Should().Be(2);
        output.Should().Be("METRICS_PORT: needs an address with a port in ASPNETCORE_URLS: it listens on the same hosts.");
    }

    [Test]
    public async Task The_originals_own_default_is_not_passed_over()
    {
        Directory.CreateDirectory(Path.Combine(_store.Folder, "database"));
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "database", "dumbkv.db"), string.Empty);

        var (exitCode, output) = await RunAsync();

        exitCode.Should().Be(2);
        output.Should().StartWith("DATABASE_LOCATION: ").And.Contain(" dumbkv.db ").And.Contain("database/dumbkv.db");
        File.Exists(Path.Combine(_store.Folder, "dumbkv.db")).Should().BeFalse();
    }

    [Test]
    public async Task The_env_file_of_the_folder_is_read_and_the_environment_wins()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, ".env"), """
            # Names match in any case.
            database_location=data/from-file.db
            MAX_VALUE_BYTES=3
            """);

        await using var server = await ServerProcess.StartAsync(_store.Folder, ("MAX_VALUE_BYTES", "4"));
        using var four = await server.Http.PutKvAsync("""{"key": "a", "value": "1234"}""");
        using var five = await server.Http.PutKvAsync("""{"key": "b", "value": "12345"}""");

        File.Exists(Path.Combine(_store.Folder, "data", "from-file.db")).Should().BeTrue("the file and its folder are made");
        four.StatusCode.Should().Be(HttpStatusCode.OK);
        five.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task The_address_may_stand_in_the_env_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, ".env"), "ASPNETCORE_URLS=nonsense");

        var (exitCode, output) = await RunAsync(("ASPNETCORE_URLS", null));

        exitCode.Should().Be(2);
        output.Should().StartWith("ASPNETCORE_URLS");
    }

    [Test]
    public async Task An_address_in_use_is_one_line()
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        await using var otherStore = await TestStore.CreateAsync();

        await using var second = ServerProcess.Launch(
            otherStore.Folder, [new("ASPNETCORE_URLS", first.Http.BaseAddress!.ToString()), new("LOG_LEVEL", "Warning")]);

        (await second.ExitCodeAsync()).Should().Be(1);
        second.Output.Should().Contain("address already in use").And.NotContain("\n");
    }

    [Test]
    public async Task A_store_in_memory_serves()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("DATABASE_LOCATION", ":memory:"));

        var sets = await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            server.Http.PutKvAsync($$"""{"key": "{{number}}", "value": "v{{number}}"}""")));
        var values = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => server.Http.ValueAsync($"{number}")));

        sets.Should().OnlyContain(set => set.StatusCode == HttpStatusCode.OK);
        values.Should().Equal(Enumerable.Range(0, 50).Select(number => $"v{number}"));
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty();
    }

    [TestCase("--version", 0, "0.")]
    [TestCase("--help", 0, "DumbKV")]
    [TestCase("--nonsense", 2, "'--nonsense'")]
    public async Task The_program_tells_of_itself(string argument, int exitCode, string expected)
    {
        await using var program = ServerProcess.Launch(_store.Folder, [], argument);

        (await program.ExitCodeAsync()).Should().Be(exitCode);
        program.Output.Should().Contain(expected);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params (string Name, string? Value)[] environment)
    {
        await using var server = ServerProcess.Launch(
            _store.Folder, environment.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        return (await server.ExitCodeAsync(), server.Output);
    }
}
