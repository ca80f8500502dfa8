using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>The log at the start, at the end and while the database is unavailable, and how many lines it has.</summary>
public sealed partial class LogTests
{
    private const string OpenServer = "TOKENS_FILE and WRITE_TOKENS are not set: anyone who reaches this server can set and delete values";
    private const string NoPepper = "PEPPER is not set: anyone who has a copy of the database can test guessed keys on it";

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task Times_are_in_UTC_with_a_Z()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("TZ", "Asia/Tokyo"));
        await server.StopAsync();

        foreach (var line in server.Output.Split('\n'))
        {
            var time = Time().Match(line);
            time.Success.Should().BeTrue(line);
            DateTimeOffset.Parse(time.Value, CultureInfo.InvariantCulture).Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
        }
    }

    [Test]
    public async Task The_start_names_an_open_server_and_a_store_without_a_pepper_once()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);
        await server.StopAsync();

        Count(server.Output, OpenServer).Should().Be(1);
        Count(server.Output, NoPepper).Should().Be(1);
    }

    [Test]
    public async Task The_start_is_silent_about_tokens_and_a_pepper_that_are_set()
    {
        await using var server = await ServerProcess.StartAsync(
            _store.Folder, ("WRITE_TOKENS", new string('a', 64)), ("PEPPER", Convert.ToBase64String("a pepper of 24 bytes ..."u8)));
        await server.StopAsync();

        server.Output.Should().NotContain("WRITE_TOKENS are not set").And.NotContain("PEPPER is not set");
    }

    [Test]
    public async Task SIGTERM_writes_one_line_at_the_start_of_the_drain_and_one_at_its_end()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder);

        (await server.StopAsync()).Should().Be(0);

        Count(server.Output, "Stopping: requests in progress are completed").Should().Be(1);
        server.Output.Split('\n')[^1].Should().MatchRegex("Stopped after [0-9.]+ s$");
    }

    [Test]
    public async Task A_database_that_is_unavailable_is_not_a_line_for_every_attempt()
    {
        // Accepts connections and closes them.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var server = ServerProcess.Launch(
            _store.Folder, [new("DATABASE_TYPE", "postgres"), new("DATABASE_LOCATION", $"postgres://user@127.0.0.1:{port}/db")]);

        for (var attempt = 0; attempt < 6; attempt++)
        {
            using var connection = await listener.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }

        Count(server.Output, "Waiting for the store").Should().Be(1);
    }

    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT")]
    [TestCase("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    [TestCase("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")]
    public async Task A_collector_that_does_not_answer_is_warned_of(string name)
    {
        var port = LocalPostgres.FreePort();
        await using var server = await ServerProcess.StartAsync(
            _store.Folder,
            (name, $"http://user:hunter2@127.0.0.1:{port}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_METRIC_EXPORT_INTERVAL", "200"));

        await server.WaitForOutputAsync("Metrics or traces are not exported: ");

        server.Output.Should().Contain($"Connection refused (127.0.0.1:{port})").And.NotContain("hunter2").And.NotContain("   at ");
    }

    [Test]
    public async Task Debug_shows_statements_and_not_the_internals_of_EF_Core()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("LOG_LEVEL", "Debug"));

        server.Output.Should().Contain("CREATE TABLE").And.NotContain("DbConnection").And.NotContain("IServiceProvider").And.NotContain("DetectChanges");
        server.Output.Split('\n').Count(line => Time().IsMatch(line) && !line.Contains("/health/ready", StringComparison.Ordinal)).Should().BeLessThan(60);
    }

    private static int Count(string output, string text) => output.Split(text).Length - 1;

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z(?= )", RegexOptions.Multiline)]
    private static partial Regex Time();
}
