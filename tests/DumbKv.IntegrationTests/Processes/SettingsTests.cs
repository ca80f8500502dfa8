using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A wrong setting stops the start with exit code 2 and one line that names it and contains no secret.</summary>
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
    [TestCase("DATABASE_LOCATION", "postgres://user:hunter2@host/database", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:, and is the address of a PostgreSQL database. For PostgreSQL set DATABASE_TYPE=postgres.")]
    [TestCase("DATABASE_LOCATION", "Server=host;User Id=user;Password=hunter2", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "postgres:user:hunter2@host", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "user:hunter2@host:5432/database", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "Uri=file:dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "~/dumbkv.db", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:. Only a shell replaces ~: write the whole path.")]
    [TestCase("DATABASE_LOCATION", "\"dumbkv.db\"", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("DATABASE_LOCATION", "“dumbkv.db”", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:, without quotes.")]
    [TestCase("DATABASE_LOCATION", "data/", "DATABASE_LOCATION: names a directory. Name the SQLite file in it, like /data/dumbkv.db.")]
    [TestCase("DATABASE_TYPE", "postgres", "DATABASE_LOCATION: is not set. For PostgreSQL write postgres://user@host/database.")]
    [TestCase("DATABASE_LOCATION", ":memory", "DATABASE_LOCATION: must be the path of a SQLite file, like /data/dumbkv.db, or :memory:")]
    [TestCase("PEPPER", "AAAAAAAAAAAAAAAAAAAAAA==", "PEPPER: must be random, and all its bytes are the same. Make one with: openssl rand -base64 32")]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4999", "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL like http://localhost:4317.")]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url", "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL like http://localhost:4317.")]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://localhost:4317", "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL like http://localhost:4317.")]
    [TestCase("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "localhost:4999", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must be a URL like http://localhost:4317.")]
    [TestCase("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "OTEL_EXPORTER_OTLP_PROTOCOL: must be one of grpc, http/protobuf.")]
    [TestCase("SQLITE_JOURNAL", "off", "SQLITE_JOURNAL: must be one of auto, wal, truncate.")]
    [TestCase("LOCK_WAIT_SECONDS", "soon", "LOCK_WAIT_SECONDS: must be a whole number from 0 to 86400.")]
    [TestCase("MISSES_PER_MINUTE", "-1", "MISSES_PER_MINUTE: must be a whole number from 0 to 1000000.")]
    [TestCase("MAX_CONCURRENT_REQUESTS", "0", "MAX_CONCURRENT_REQUESTS: must be a whole number from 1 to 100000.")]
    [TestCase("MAX_STORE_BYTES", "1 GB", "MAX_STORE_BYTES: must be a whole number from 0 to 9223372036854775807.")]
    [TestCase("WRITE_TOKENS", "hunter2", "WRITE_TOKENS: must be SHA-256 hashes in hex")]
    [TestCase("WRITE_TOKENS", ",", "WRITE_TOKENS: must be SHA-256 hashes in hex", Description = "An empty list would allow everyone to write.")]
    [TestCase("TOKENS_FILE", "/nowhere/tokens.json", "TOKENS_FILE: /nowhere/tokens.json does not exist or cannot be reached. Name a file that this user can read.")]
    [TestCase("TOKENS_FILE", "/proc", "TOKENS_FILE: /proc is a directory. Name the file in it.")]
    [TestCase("TOKENS_FILE", "/dev/zero", "TOKENS_FILE: /dev/zero cannot be read. Name a file that this user can read.")]
    [TestCase("TOKENS_FILE", "/proc/self/environ", "TOKENS_FILE: /proc/self/environ is not valid JSON. The error is in line 1.")]
    [TestCase("REQUIRE_TOKEN", "read", "REQUIRE_TOKEN: must be one of write, all.")]
    [TestCase("REQUIRE_TOKEN", "all", "REQUIRE_TOKEN: is all, and TOKENS_FILE is not set. Set TOKENS_FILE to a file with the tokens that may read.")]
    [TestCase("TRUSTED_PROXIES", "10.0.0.0/8,hunter2", "TRUSTED_PROXIES: must be networks like 10.0.0.0/8")]
    [TestCase("TRUSTED_PROXIES", "10.0.0.5/8", "TRUSTED_PROXIES: must be networks like 10.0.0.0/8 or fd00::/8, separated by commas. The bits after the prefix are zero: one address is 10.0.0.5/32")]
    [TestCase("TRUSTED_PROXIES", "10.0.0.5", "TRUSTED_PROXIES: must be networks like 10.0.0.0/8 or fd00::/8, separated by commas. The bits after the prefix are zero: one address is 10.0.0.5/32")]
    [TestCase("ALLOWED_HOSTS", "https://kv.example.com", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.example.com:8000", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.example.com,", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "kv.*.example.com", "ALLOWED_HOSTS: must be host names without scheme and port")]
    [TestCase("ALLOWED_HOSTS", "fd00::1", "ALLOWED_HOSTS: must be host names without scheme and port", Description = "A Host header has brackets around an IPv6 address.")]
    [TestCase("METRICS_PORT", "0", "METRICS_PORT: must be a whole number from 1 to 65535.")]
    [TestCase("AUDIT_LOG", "file", "AUDIT_LOG: must be one of off, stdout.")]
    [TestCase("AUDIT_READS", "1", "AUDIT_READS: must be true or false.")]
    [TestCase("AUDIT_READS", "true", "AUDIT_READS: needs AUDIT_LOG=stdout, and AUDIT_LOG is off.")]
    [TestCase("ASPNETCORE_URLS", "localhost", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000")]
    [TestCase("ASPNETCORE_URLS", "http://localhost:8000/base", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000, separated by semicolons. An address has no path: the server needs the root of a host.")]
    [TestCase("ASPNETCORE_URLS", ";", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000")]
    [TestCase("ASPNETCORE_URLS", "ftp://127.0.0.1:8000", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000, separated by semicolons. The scheme is http or https.")]
    [TestCase("ASPNETCORE_URLS", "http://127.0.0.1:99999", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000, separated by semicolons. A port is a number from 0 to 65535.")]
    [TestCase("ASPNETCORE_URLS", "http://127.0.0.1:eighty", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000, separated by semicolons. A port is a number from 0 to 65535.")]
    [TestCase("ASPNETCORE_URLS", "http://[::1", "ASPNETCORE_URLS: must be addresses like http://0.0.0.0:8000")]
    [TestCase("ASPNETCORE_URLS", "http://localhsot:8000", "ASPNETCORE_URLS: localhsot is neither an IP address of this machine, nor localhost, nor * for all addresses.")]
    [TestCase("ASPNETCORE_URLS", "http://localhost:0", "ASPNETCORE_URLS: localhost needs a port. Port 0, which picks a free one, goes with an IP address: http://127.0.0.1:0")]
    [TestCase("ASPNETCORE_URLS", "http://192.0.2.1:8000", "ASPNETCORE_URLS: 192.0.2.1:8000 is not an address of this machine.")]
    [TestCase("ASPNETCORE_URLS", "http://unix:/nowhere/socket", "ASPNETCORE_URLS: the socket /nowhere/socket cannot be created. Its directory must exist, and this user must be able to write to it.")]
    [TestCase("ASPNETCORE_URLS", "https://127.0.0.1:0", "ASPNETCORE_URLS: https needs a certificate. Set Kestrel__Certificates__Default__Path")]
    public async Task A_wrong_setting_is_named_in_one_line(string name, string value, string expected)
    {
        var (exitCode, output) = await RunAsync((name, value), ("LOG_LEVEL", name == "LOG_LEVEL" ? value : "Error"));

        exitCode.Should().Be(2);
        output.Should().StartWith(expected);
        output.Should().NotContain("\n").And.NotContain("hunter2").And.NotContain("aHVudGVyMg");
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty("settings should be checked before anything is changed");
    }

    [TestCase("postgres://user:hunter2@127.0.0.1:1/db?Minimum Pool Size=50", "'Max Pool Size' 20 under 'Min Pool Size' 50")]
    [TestCase("Host=127.0.0.1;Port=1;Password=hunter2;Minimum Pool Size=50", "'Max Pool Size' 20 under 'Min Pool Size' 50")]
    [TestCase("postgres://user:hunter2@127.0.0.1:1/db?Multiplexing=true&Pooling=false", "Pooling must be on to use multiplexing")]
    [TestCase("postgres://user:hunter2@127.0.0.1:1/db?sslrootcert=/nowhere/ca.pem", "sslrootcert names a file that cannot be read")]
    [TestCase("host=127.0.0.1 port=1 password=hunter2", "Write postgres://user:password@host:5432/database")]
    public async Task What_Npgsql_would_report_late_is_reported_at_the_start(string location, string expected)
    {
        var (exitCode, output) = await RunAsync(("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", location));

        exitCode.Should().Be(2);
        output.Should().StartWith("DATABASE_LOCATION: ").And.Contain(expected);
        output.Should().NotContain("\n").And.NotContain("hunter2");
    }

    [Test]
    public async Task A_tokens_file_that_this_user_cannot_read_or_that_is_a_pipe_is_named()
    {
        string[] withoutPrivilege = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", "--"];
        var folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        var (unreadable, pipe) = (Path.Combine(folder.FullName, "unreadable.json"), Path.Combine(folder.FullName, "pipe"));
        await File.WriteAllTextAsync(unreadable, "[]");
        foreach (var command in new string[][] { ["chmod", "000", unreadable], ["mkfifo", pipe] })
        {
            using var process = System.Diagnostics.Process.Start(command[0], command[1..]);
            await process.WaitForExitAsync();
        }

        foreach (var file in new[] { unreadable, pipe })
        {
            await using var server = ServerProcess.LaunchUnder(withoutPrivilege, _store.Folder, [new("TOKENS_FILE", file)]);

            (await server.ExitCodeAsync()).Should().Be(2);
            server.Output.Should().Be($"TOKENS_FILE: {file} cannot be read. Name a file that this user can read.");
        }

        folder.Delete(recursive: true);
    }

    [Test]
    public async Task A_low_port_needs_a_privilege()
    {
        string[] withoutPrivilege = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", "--"];
        await using var server = ServerProcess.LaunchUnder(withoutPrivilege, _store.Folder, [new("ASPNETCORE_URLS", "http://127.0.0.1:81")]);

        (await server.ExitCodeAsync()).Should().Be(2);
        server.Output.Should().Be("ASPNETCORE_URLS: this user is not allowed to listen on 127.0.0.1:81. Use port 1024 or higher.");
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty();
    }

    [Test]
    public async Task A_missing_certificate_is_one_line()
    {
        var (exitCode, output) = await RunAsync(("ASPNETCORE_URLS", "https://127.0.0.1:0"), ("Kestrel__Certificates__Default__Path", "/nowhere/site.pfx"));

        exitCode.Should().Be(2);
        output.Should().StartWith("Kestrel__Certificates__Default__Path: ").And.NotContain("\n");
    }

    [Test]
    public async Task A_certificate_serves_https()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "site.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "site.key"), key.ExportPkcs8PrivateKeyPem());
        var port = LocalPostgres.FreePort();
        await using var server = ServerProcess.Launch(_store.Folder,
        [
            new("ASPNETCORE_URLS", $"https://127.0.0.1:{port}"),
            new("Kestrel__Certificates__Default__Path", Path.Combine(_store.Folder, "site.pem")),
            new("Kestrel__Certificates__Default__KeyPath", Path.Combine(_store.Folder, "site.key")),
        ]);
        await server.WaitForOutputAsync("The store is ready");
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, sent, _, _) => sent!.Thumbprint == certificate.Thumbprint };
        using var https = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}") };

        using var response = await https.PutKvAsync("""{"key": "k", "value": "v"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.Should().Contain(header => header.Key == "Strict-Transport-Security");
    }

    [Test]
    public async Task A_name_that_no_file_system_takes_is_refused_before_the_server_listens()
    {
        var (exitCode, output) = await RunAsync(("DATABASE_LOCATION", new string('a', 238)));

        exitCode.Should().Be(2);
        output.Should().Be("DATABASE_LOCATION: a name in the path is longer than 237 bytes. Shorten it.");
    }

    [Test]
    public async Task PEPPER_and_PEPPER_FILE_together_are_refused()
    {
        var (exitCode, output) = await RunAsync(("PEPPER", "AAAAAAAAAAAAAAAAAAAAAA=="), ("PEPPER_FILE", "pepper"));

        exitCode.Should().Be(2);
        output.Should().StartWith("PEPPER: is set, and PEPPER_FILE is set too.");
    }

    [Test]
    public async Task The_metrics_port_must_differ_from_the_others()
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
    public async Task The_default_location_of_the_original_is_detected()
    {
        Directory.CreateDirectory(Path.Combine(_store.Folder, "database"));
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "database", "dumbkv.db"), string.Empty);

        var (exitCode, output) = await RunAsync();

        exitCode.Should().Be(2);
        output.Should().StartWith("DATABASE_LOCATION: ").And.Contain(" dumbkv.db ").And.Contain("database/dumbkv.db");
        File.Exists(Path.Combine(_store.Folder, "dumbkv.db")).Should().BeFalse();
    }

    [Test]
    public async Task The_env_file_of_the_directory_is_read_and_the_environment_takes_precedence()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, ".env"), """
            # Names are case-insensitive.
            database_location=data/from-file.db
            MAX_VALUE_BYTES=3
            """);

        await using var server = await ServerProcess.StartAsync(_store.Folder, ("MAX_VALUE_BYTES", "4"));
        using var four = await server.Http.PutKvAsync("""{"key": "a", "value": "1234"}""");
        using var five = await server.Http.PutKvAsync("""{"key": "b", "value": "12345"}""");

        File.Exists(Path.Combine(_store.Folder, "data", "from-file.db")).Should().BeTrue("the file and its folder are created");
        four.StatusCode.Should().Be(HttpStatusCode.OK);
        five.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task A_dollar_sign_in_the_env_file_is_an_ordinary_character()
    {
        await WriteEnvAsync("""
            DATABASE_LOCATION=p$$w$HOME-100%.db
            """);

        await using var server = await ServerProcess.StartAsync(_store.Folder);

        File.Exists(Path.Combine(_store.Folder, "p$$w$HOME-100%.db")).Should().BeTrue();
    }

    [Test]
    public async Task A_name_in_braces_is_replaced_by_the_environment_or_else_by_an_earlier_line()
    {
        await WriteEnvAsync("""
            export PART = 'from file'   # Only other lines use it.
            OTHER=unused
            DATABASE_LOCATION="${PART}-${OTHER}-${NOWHERE:-default}.db"
            """);

        await using var server = await ServerProcess.StartAsync(_store.Folder, ("OTHER", "environment"));

        File.Exists(Path.Combine(_store.Folder, "from file-environment-default.db")).Should().BeTrue();
        server.Output.Should().NotContain("is not a setting");
    }

    [TestCase("LOG_LEVEL=Warning\nDATABASE_LOCATION=${HUNTER2}.db", ".env line 2: ${…} names a variable that is not set. Set it, or write a default: ${NAME:-default}")]
    [TestCase("LOG_LEVEL=Warning\n\nnot a hunter2 line\n", ".env line 3: is not NAME=value.")]
    [TestCase("# comment\nPEPPER=\"hunter2\nLOG_LEVEL=Warning\n", ".env line 2: a quote is not closed.")]
    [TestCase("A='two\nlines'\nPEPPER='hunter2' hunter2\n", ".env line 3: there is text behind the closing quote.")]
    [TestCase("=hunter2", ".env line 1: is not NAME=value.")]
    public async Task A_wrong_line_of_the_env_file_is_named_and_not_shown(string text, string expected)
    {
        await WriteEnvAsync(text);

        var (exitCode, output) = await RunAsync();

        exitCode.Should().Be(2);
        output.Should().StartWith(expected).And.NotContain("\n").And.NotContain("hunter2");
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().ContainSingle();
    }

    [Test]
    public async Task An_unknown_name_in_the_env_file_causes_a_warning_with_the_nearest_setting()
    {
        await WriteEnvAsync("""
            DATABASE_LOCATON=hunter2.db
            POSTGRES_PASSWORD=hunter2
            OTEL_SERVICE_NAME=mine
            """);

        await using var server = await ServerProcess.StartAsync(_store.Folder);
        var check = await CommandRun.OnAsync(_store, "check");

        server.Output.Should().Contain(".env line 1: DATABASE_LOCATON is not a setting and is ignored. Did you mean DATABASE_LOCATION?")
            .And.Contain(".env line 2: POSTGRES_PASSWORD is not a setting and is ignored.")
            .And.NotContain("OTEL_SERVICE_NAME").And.NotContain("hunter2");
        check.Output.Should().StartWith(".env line 1: DATABASE_LOCATON is not a setting and is ignored. Did you mean DATABASE_LOCATION?");
    }

    [Test]
    public async Task A_variable_that_is_a_typing_error_away_from_a_setting_is_warned_of_and_others_are_not()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("WRITE_TOKEN", "hunter2"), ("HOSTNAME", "pod"), ("PEPER", "hunter2"));

        server.Output.Should().Contain("The environment variable WRITE_TOKEN is not a setting and is ignored. Did you mean WRITE_TOKENS?")
            .And.Contain("The environment variable PEPER is not a setting and is ignored. Did you mean PEPPER?")
            .And.NotContain("HOSTNAME").And.NotContain("hunter2");
    }

    [Test]
    public async Task An_env_file_that_is_a_directory_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_store.Folder, ".env"));

        var (exitCode, output) = await RunAsync();

        exitCode.Should().Be(2);
        output.Should().Be(".env: is a directory. Write a file with one NAME=value a line, or remove it.");
    }

    [Test]
    public async Task The_address_can_be_in_the_env_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, ".env"), "ASPNETCORE_URLS=nonsense");

        var (exitCode, output) = await RunAsync(("ASPNETCORE_URLS", null));

        exitCode.Should().Be(2);
        output.Should().StartWith("ASPNETCORE_URLS");
    }

    [TestCase("ASPNETCORE_URLS")]
    [TestCase("METRICS_PORT")]
    public async Task An_address_in_use_is_one_line_that_names_the_setting(string name)
    {
        await using var first = await ServerProcess.StartAsync(_store.Folder);
        await using var otherStore = await TestStore.CreateAsync();
        var port = first.Http.BaseAddress!.Port;

        await using var second = ServerProcess.Launch(
            otherStore.Folder, [new(name, name == "METRICS_PORT" ? $"{port}" : $"http://127.0.0.1:{port}"), new("LOG_LEVEL", "Warning")]);

        (await second.ExitCodeAsync()).Should().Be(2);
        second.Output.Should().Be($"{name}: 127.0.0.1:{port} is already in use. Stop the program that listens there, or set another port.");
        Directory.EnumerateFileSystemEntries(otherStore.Folder).Should().BeEmpty("the store belongs to the server that is listening");
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
    [TestCase("--nonsense", 2, "--nonsense is not an option of dumbkv.")]
    public async Task The_program_prints_help_and_version(string argument, int exitCode, string expected)
    {
        await using var program = ServerProcess.Launch(_store.Folder, [], argument);

        (await program.ExitCodeAsync()).Should().Be(exitCode);
        program.Output.Should().Contain(expected);
    }

    private Task WriteEnvAsync(string text) => File.WriteAllTextAsync(Path.Combine(_store.Folder, ".env"), text);

    private async Task<(int ExitCode, string Output)> RunAsync(params (string Name, string? Value)[] environment)
    {
        await using var server = ServerProcess.Launch(
            _store.Folder, environment.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        return (await server.ExitCodeAsync(), server.Output);
    }
}
