using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using DumbKv.TestHarness;
using k8s.Models;

namespace DumbKv.DeployTests;

/// <summary>A real Prometheus scrapes the real server under load, and evaluates the rules and the dashboard.</summary>
public sealed class PrometheusTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Metrics of the kubelet and of kube-state-metrics, which these tests do not run.
    private static readonly string[] OfTheCluster = ["kubelet_volume_stats", "kube_cronjob"];

    private DirectoryInfo _folder = null!;
    private ServerProcess _server = null!;
    private int _metricsPort;
    private Process _prometheus = null!;
    private HttpClient _queries = null!;
    private CancellationTokenSource _enough = null!;
    private Task _load = null!;

    [OneTimeSetUp]
    public async Task StartServerAndPrometheus()
    {
        _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        var token = TestToken.Make("load", "\"write\"");
        (_server, _metricsPort) = await DeployedServer.LaunchAsync("overlays/sqlite", _folder.FullName, "dumbkv.db", ("WRITE_TOKENS", token.Hash));
        _server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        await _server.WaitUntilReadyAsync();

        var port = LocalPostgres.FreePort();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "rules.yaml"), await RulesAsync());
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "prometheus.yaml"), $$$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: dumbkv
                static_configs: [{targets: ["127.0.0.1:{{{_metricsPort}}}"], labels: {namespace: dumbkv, pod: dumbkv-0}}]
            """);
        _prometheus = Process.Start(new ProcessStartInfo("prometheus", [
            $"--config.file={Path.Combine(_folder.FullName, "prometheus.yaml")}",
            $"--storage.tsdb.path={Path.Combine(_folder.FullName, "series")}",
            $"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error"]))!;
        _queries = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        _enough = new CancellationTokenSource();
        _load = LoadAsync(_enough.Token);
        await UntilAsync(async () => (await QueryAsync("count_over_time(up{job=\"dumbkv\"}[5m]) > 10")).Count > 0);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _enough.CancelAsync();
        await _load;
        _enough.Dispose();
        _prometheus.Kill();
        await _prometheus.WaitForExitAsync();
        _prometheus.Dispose();
        _queries.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Every_recording_rule_records()
    {
        foreach (var rule in (await AllRulesAsync()).Where(rule => rule.Record is not null))
        {
            await UntilAsync(async () => (await QueryAsync(rule.Record!)).Count > 0, rule.Record!);
        }
    }

    [Test]
    public async Task Every_alert_is_evaluated_and_none_fires_for_a_healthy_server()
    {
        var names = (await AllRulesAsync()).Where(rule => rule.Alert is not null).Select(rule => rule.Alert!).ToList();
        var groups = (await AskAsync("/api/v1/rules?type=alert"))["data"]!["groups"]!.AsArray();
        var alerts = groups.SelectMany(group => group!["rules"]!.AsArray()).ToList();

        alerts.Select(alert => alert!["name"]!.GetValue<string>()).Should().BeEquivalentTo(names);
        alerts.Should().OnlyContain(alert => alert!["health"]!.GetValue<string>() == "ok");

        // A busy test machine is slow, and the alerts about latency then fire rightly. rules.test.yaml covers them.
        alerts.Where(alert => !alert!["name"]!.GetValue<string>().StartsWith("DumbKvLatency", StringComparison.Ordinal))
            .Should().OnlyContain(alert => alert!["state"]!.GetValue<string>() != "firing");
    }

    [Test]
    public async Task Every_alert_has_a_section_in_the_runbook()
    {
        var runbook = await File.ReadAllTextAsync(Path.Combine(Manifests.Root, "docs", "runbook.md"));

        foreach (var alert in (await AllRulesAsync()).Where(rule => rule.Alert is not null))
        {
            var anchor = alert.Annotations["runbook_url"].Split('#')[1];
            runbook.ToUpperInvariant().Should().Contain($"\n## {anchor.ToUpperInvariant()}", alert.Alert);
            alert.Labels.Should().ContainKey("severity", alert.Alert);
        }
    }

    [Test]
    public async Task Every_panel_of_the_dashboard_has_data()
    {
        var dashboard = JsonNode.Parse((await Manifests.RenderAsync("monitoring")).One<V1ConfigMap>().Data["dashboard.json"])!;
        var expressions = PanelsOf(dashboard)
            .SelectMany(panel => panel["targets"]?.AsArray() ?? [])
            .Select(target => target!["expr"]!.GetValue<string>().Replace("$namespace", "dumbkv", StringComparison.Ordinal).Replace("$__rate_interval", "5m", StringComparison.Ordinal))
            .ToList();

        expressions.Should().HaveCountGreaterThan(20);
        foreach (var expression in expressions.Where(expression => !OfTheCluster.Any(name => expression.Contains(name, StringComparison.Ordinal))))
        {
            await UntilAsync(async () => (await QueryAsync(expression)).Count > 0, expression);
        }
    }

    [Test]
    public async Task The_metrics_follow_the_conventions_of_Prometheus()
    {
        var metrics = await _queries.GetStringAsync($"http://127.0.0.1:{_metricsPort}/metrics");
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        var faults = (await promtool.StandardError.ReadToEndAsync()) + await promtool.StandardOutput.ReadToEndAsync();

        // Some of .NET's own names do not follow them.
        faults.Split('\n').Where(line => line.StartsWith("dumbkv_", StringComparison.Ordinal) || line.StartsWith("http_server_", StringComparison.Ordinal)
            || line.StartsWith("error", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static IEnumerable<JsonNode> PanelsOf(JsonNode node) => (node["panels"]?.AsArray() ?? [])
        .SelectMany(panel => PanelsOf(panel!).Prepend(panel!));

    private static async Task<List<Rule>> AllRulesAsync() =>
    [
        .. (await GroupsAsync()).SelectMany(group => group.Rules),
    ];

    private static async Task<IEnumerable<RuleGroup>> GroupsAsync() =>
        (await Manifests.RenderAsync("monitoring")).All<PrometheusRule>()
            .Concat((await Manifests.RenderAsync("monitoring/objective-sqlite")).All<PrometheusRule>())
            .Concat((await Manifests.RenderAsync("monitoring/litestream")).All<PrometheusRule>())
            .SelectMany(rule => rule.Spec.Groups);

    /// <summary>The rules as a Prometheus rule file. JSON is valid YAML.</summary>
    private static async Task<string> RulesAsync() => JsonSerializer.Serialize(new
    {
        groups = (await GroupsAsync()).Select(group => new
        {
            name = group.Name,
            rules = group.Rules.Select(rule => new Dictionary<string, object?>
            {
                ["record"] = rule.Record,
                ["alert"] = rule.Alert,
                ["expr"] = rule.Expr,
                ["for"] = rule.For,
                ["labels"] = rule.Labels,
                ["annotations"] = rule.Annotations is { Count: > 0 } annotations ? annotations : null,
            }.Where(member => member.Value is not null).ToDictionary()),
        }),
    });

    private static async Task UntilAsync(Func<Task<bool>> condition, string what = "Prometheus")
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.Should().BeLessThan(Patience, "{0} should answer", what);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Sets, reads, misses and deletes, some dozens a second, and a few reads that come second.</summary>
    private async Task LoadAsync(CancellationToken enough)
    {
        for (var count = 0; !enough.IsCancellationRequested; count++)
        {
            using var set = await _server.Http.PutKvAsync($$"""{"key": "key {{count}}", "value": "v", "ttl": 1}""");
            using var get = await _server.Http.PostKvAsync($$"""{"key": "key {{count}}"}""");
            using var miss = await _server.Http.PostKvAsync("""{"key": "none"}""");
            using var delete = await _server.Http.DeleteKvAsync("""{"key": "none"}""");
            if (count < 5)
            {
                // More would be a reason for an alert.
                using var secret = await _server.Http.PutKvAsync($$"""{"key": "secret {{count}}", "value": "v", "once": true}""");
                using var first = await _server.Http.PostKvAsync($$"""{"key": "secret {{count}}"}""");
                using var second = await _server.Http.PostKvAsync($$"""{"key": "secret {{count}}"}""");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }

    /// <summary>The current series of the expression.</summary>
    private async Task<JsonArray> QueryAsync(string expression) =>
        (await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}"))["data"]?["result"]?.AsArray() ?? [];

    private async Task<JsonNode> AskAsync(string path)
    {
        try
        {
            return JsonNode.Parse(await (await _queries.GetAsync(path)).Content.ReadAsStringAsync()) ?? new JsonObject();
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return new JsonObject(); // Prometheus is starting.
        }
    }
}
