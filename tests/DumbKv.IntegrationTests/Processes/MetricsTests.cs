using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>Uses a separate process, because meters of the same name in one process are counted together.</summary>
public sealed partial class MetricsTests
{
    private TestStore _store = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await ServerProcess.StartAsync(_store.Folder);
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task Operations_are_counted_by_kind_and_outcome()
    {
        await _server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await _server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await _server.Http.PostKvAsync("""{"key": "k"}""");
        await _server.Http.PostKvAsync("""{"key": "not there"}""");
        await _server.Http.PostKvAsync("""{"key": "k", "peek": true}""");
        await _server.Http.PostKvAsync("""{"key": "not there", "peek": true}""");
        await _server.Http.DeleteKvAsync("""{"key": "k"}""");

        var metrics = await _server.Http.GetStringAsync("/metrics");

        metrics.Should().MatchRegex("""dumbkv_operations_total\{[^}]*operation="set",outcome="stored"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="set",outcome="exists"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="get",outcome="found"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="get",outcome="missing"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="peek",outcome="found"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="peek",outcome="missing"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="delete",outcome="deleted"\} 1""")
            .And.MatchRegex("""dumbkv_operation_duration_seconds_bucket\{[^}]*operation="set",le="0.0001"\}""")
            .And.MatchRegex("""dumbkv_integrity_failures_total\{[^}]*\} 0""")
            .And.MatchRegex("""dumbkv_swept_entries_total\{[^}]*\} 0""")
            .And.MatchRegex("""dumbkv_limited_connections_total\{[^}]*\} 0""")
            .And.MatchRegex("""dumbkv_expired_backlog\{[^}]*\} 0""")
            .And.MatchRegex("""dumbkv_expired_lag_seconds\{[^}]*\} 0""")
            .And.MatchRegex("""dumbkv_build_info\{[^}]*version="\d+\.\d+\.\d+"\} 1""");
    }

    [Test]
    public async Task The_metrics_page_and_the_server_have_the_same_metrics()
    {
        var token = TestToken.Make("page", "\"write\"");
        var file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(file, token);
        await _server.DisposeAsync();
        _server = await ServerProcess.StartAsync(_store.Folder, ("TOKENS_FILE", file), ("MAX_STORE_BYTES", "1000000000"));
        _server.Http.DefaultRequestHeaders.Authorization = new("Bearer", token.Token);
        await _server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        var metrics = string.Empty;
        await Eventually.HoldsAsync(async () => (metrics = await _server.Http.GetStringAsync("/metrics")).Contains("dumbkv_wal_size_bytes", StringComparison.Ordinal));

        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"));
        PageRow().Matches(page).Select(row => row.Groups["metric"].Value)
            .Should().BeEquivalentTo(TypeLine().Matches(metrics).Select(line => line.Groups["metric"].Value));
    }

    [Test]
    public async Task Requests_are_timed_by_route_status_and_method()
    {
        await _server.Http.PostKvAsync("""{"key": "not there"}""");

        var metrics = await _server.Http.GetStringAsync("/metrics");

        metrics.Should().MatchRegex(
            """http_server_request_duration_seconds_count\{[^}]*http_request_method="POST",http_response_status_code="404",http_route="kv"[^}]*\} 1""");
    }

    [GeneratedRegex(@"^\| `(?<metric>dumbkv_\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex PageRow();

    [GeneratedRegex(@"^# TYPE (?<metric>dumbkv_\w+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();
}
