namespace DumbKv.SecurityTests;

/// <summary>
/// Secrets in all kinds of requests, valid and invalid, are nowhere afterwards: not in the log at its most verbose level, the audit
/// log, traces, metrics, headers, problems, the database's files or rows, or PostgreSQL's own log.
/// </summary>
public sealed class CanaryTests
{
    private static readonly string[] LogFormats = ["text", "json"];

    /// <summary>A long run has all combinations. Otherwise each database and each log format occurs once.</summary>
    private static IEnumerable<TestCaseData> Servers =>
        from kind in Stores.All
        from logFormat in LogFormats
        where Rounds.AreLong || (kind == Stores.All.Last()) == (logFormat == "json") || Stores.All.Count() == 1
        select new TestCaseData(kind, logFormat);

    [TestCaseSource(nameof(Servers))]
    public async Task No_request_leaves_a_secret_anywhere(StoreKind kind, string logFormat)
    {
        for (var round = 0; round < Rounds.Of(usual: 1, release: 3); round++)
        {
            await RunAsync(kind, logFormat);
        }
    }

    private static async Task RunAsync(StoreKind kind, string logFormat)
    {
        var operators = new Canaries();
        var callers = new Canaries();
        var evidence = new Evidence();
        var pepper = operators.Random("the pepper");
        var token = callers.Word("the token");
        var tokens = new CanaryTokens(callers);
        using var file = tokens.WriteFile(token);
        await using var store = await WatchedStore.CreateAsync(kind, operators);
        await using var collector = await OtlpCollector.StartAsync();
        (string, string)[] settings =
        [
            ("DATABASE_TYPE", $"{kind}"), ("DATABASE_LOCATION", store.Location), ("PEPPER", Convert.ToBase64String(pepper.Bytes)),
            ("TOKENS_FILE", file.Path), ("WRITE_TOKENS", CanaryTokens.HashOf(tokens.Unnamed)), ("MAX_VALUE_BYTES", $"{CanaryCalls.MaxValueBytes}"),
            ("ALLOWED_HOSTS", "*"), ("LOG_LEVEL", "Trace"), ("LOG_FORMAT", logFormat), ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"), .. collector.Settings,
        ];

        var calls = 0;
        await using (var server = await ServerProcess.StartAsync(store.Folder, settings))
        {
            var caller = new WatchedCaller(server.Http, evidence, operators) { Token = token.Text };
            var does = new CanaryCalls(caller, callers);
            var slow = does.SlowAsync();
            await does.GoodAsync();
            await does.PageAsync();
            await does.RefusedAsync();
            await does.TokensAsync(tokens);
            File.WriteAllText(file.Path, File.ReadAllText(file.Path).Replace("\"may\"", "\"mat\"", StringComparison.Ordinal));
            await server.WaitForOutputAsync("The tokens that were read before stay valid");
            await does.MisplacedAsync();
            await does.OnTheWireAsync();
            await slow;
            await using (await store.TakeAwayAsync())
            {
                await does.UnavailableAsync("the database away", readsToo: kind == StoreKind.Postgres);
            }

            await server.WaitUntilReadyAsync();
            await does.DamagedAsync(store.DamageAsync);
            await EndAsync(server, caller);
        }

        tokens.WriteFile(token, file.Path);
        await using (var server = await ServerProcess.StartAsync(
            store.Folder, [.. settings, ("MISSES_PER_MINUTE", "1"), ("MAX_CONCURRENT_REQUESTS", "1"), ("MAX_STORE_BYTES", "1")]))
        {
            var caller = new WatchedCaller(server.Http, evidence, operators) { Token = token.Text };
            var does = new CanaryCalls(caller, callers);
            await server.WaitForOutputAsync("full and refuses new values");
            await does.FullAsync();
            await does.OverloadedAsync(store.LockAsync);
            await does.LimitedAsync();
            await EndAsync(server, caller);
        }

        evidence.Add("traces", "all of them", collector.Traces);
        evidence.Add("metrics", "over OTLP", collector.Metrics);

        collector.Traces.AsSpan().IndexOf("http.route"u8).Should().BePositive("traces should arrive");
        collector.Metrics.AsSpan().IndexOf("dumbkv.operations"u8).Should().BePositive("metrics should arrive");
        string[] hits = [.. evidence.Hits(operators), .. evidence.Hits(callers)];
        await TestContext.Progress.WriteLineAsync(
            $"canary: {kind}, {logFormat}: {calls} calls, {operators.Count + callers.Count} secrets; bytes searched: {string.Join(", ", evidence.Sizes().Select(size => $"{size.Place} {size.Bytes}"))}; {hits.Length} hits");
        evidence.Surprises.Should().BeEmpty();
        hits.Should().BeEmpty();

        async Task EndAsync(ServerProcess server, WatchedCaller caller)
        {
            await caller.SendAsync(200, "the metrics", "GET", "/metrics", null);
            evidence.Add("metrics", "for Prometheus", await server.Http.GetStringAsync("/metrics"));
            await store.ReadAllAsync(evidence);
            (await server.StopAsync()).Should().Be(0);
            evidence.Add("log", "all of it", server.Output);
            calls += caller.Calls;
        }
    }
}
