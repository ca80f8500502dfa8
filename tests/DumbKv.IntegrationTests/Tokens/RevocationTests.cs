using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>Server processes under load: every one of them refuses a revoked token within five seconds.</summary>
public sealed class RevocationTests
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    private readonly TestToken _kept = TestToken.Make("kept", "\"read\", \"write\"");
    private readonly TestToken _revoked = TestToken.Make("revoked", "\"read\", \"write\"");

    [TestCaseSource(typeof(Stores), nameof(Stores.All))]
    public async Task A_revoked_token_is_refused_within_five_seconds_by_all_servers(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        var file = Path.Combine(store.Folder, "tokens.json");
        TestToken.Write(file, _kept, _revoked);
        var servers = await Task.WhenAll(Enumerable.Range(0, kind == StoreKind.Postgres ? 2 : 1).Select(_ => ServerProcess.StartAsync(
            store.Folder, [.. store.Settings.Select(setting => (setting.Key, setting.Value!)), ("TOKENS_FILE", file), ("AUDIT_LOG", "stdout")])));
        try
        {
            using var enough = new CancellationTokenSource();
            var results = new ConcurrentBag<(int Server, bool IsRevoked, long Sent, long Answered, HttpStatusCode Status)>();
            var load = Enumerable.Range(0, servers.Length)
                .SelectMany(server => new[] { _kept, _kept, _revoked, _revoked }.Select((token, number) => LoadAsync(servers[server], server, token, $"{server}-{number}", results, enough.Token)))
                .ToList();
            await Eventually.HoldsAsync(() => results.Count > 200);

            var since = Stopwatch.GetTimestamp();
            TestToken.Write(file, _kept);
            await Eventually.HoldsAsync(() => Enumerable.Range(0, servers.Length).All(server => results.Any(result => result.Server == server && result.Status == HttpStatusCode.Unauthorized)), seconds: 30);
            await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
            await enough.CancelAsync();
            await Task.WhenAll(load);

            for (var server = 0; server < servers.Length; server++)
            {
                var last = results.Where(result => result.Server == server && result is { IsRevoked: true, Status: HttpStatusCode.OK }).Max(result => result.Answered);
                var took = Stopwatch.GetElapsedTime(since, last);
                TestContext.Out.WriteLine($"{kind}, server {server}: the last accepted request ended {took.TotalSeconds:0.00} s after the revocation");
                took.Should().BeLessThan(Promise);
            }

            results.Where(result => !result.IsRevoked).Should().OnlyContain(result => result.Status == HttpStatusCode.OK, "the other token stays valid");
            foreach (var server in servers)
            {
                server.Output.Should().Contain("TOKENS_FILE").And.Contain("has changed. Number of tokens now: 1");
                server.Output.Should().Contain("\"token\":\"kept\"").And.Contain($"\"token\":\"{_revoked.Hash[..8]}\"", "a token that was revoked has no name any more");
                server.Output.Should().NotContain(_kept.Token).And.NotContain(_revoked.Token).And.NotContain(_kept.Hash).And.NotContain(_revoked.Hash);
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    [Test]
    public async Task A_file_that_cannot_be_used_is_one_line_in_the_log_and_a_metric_until_it_is_repaired()
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Folder, "tokens.json");
        TestToken.Write(file, _kept);
        await using var server = await ServerProcess.StartAsync(store.Folder, ("TOKENS_FILE", file));

        (await MetricAsync(server)).Should().Be("0");
        File.Delete(file);
        await Eventually.HoldsAsync(async () => await MetricAsync(server) == "1");
        await Task.Delay(TimeSpan.FromSeconds(4.5)); // Two more readings.
        TestToken.Write(file, _kept);
        await Eventually.HoldsAsync(async () => await MetricAsync(server) == "0");
        await server.StopAsync();

        var lines = server.Output.Split('\n').Where(line => line.Contains("TOKENS_FILE", StringComparison.Ordinal)).ToList();
        lines.Should().HaveCount(2);
        lines[0].Should().Contain(" ERR The tokens that were read before stay valid, because TOKENS_FILE ").And.Contain("does not exist or cannot be reached. Name a file that this user can read.");
        lines[1].Should().Contain(" INF TOKENS_FILE ").And.EndWith("can be used again");
    }

    private static async Task<string> MetricAsync(ServerProcess server) =>
        (await server.Http.GetStringAsync("/metrics")).Split('\n').Single(line => line.StartsWith("dumbkv_tokens_file_invalid{", StringComparison.Ordinal)).Split(' ')[1];

    private async Task LoadAsync(
        ServerProcess server, int number, TestToken token, string key, ConcurrentBag<(int, bool, long, long, HttpStatusCode)> results, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/kv")
            {
                Content = new StringContent($$"""{"key": "{{key}}", "value": "v", "overwrite": true}""", Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            var sent = Stopwatch.GetTimestamp();
            using var response = await server.Http.SendAsync(request, CancellationToken.None);
            results.Add((number, token == _revoked, sent, Stopwatch.GetTimestamp(), response.StatusCode));
            await Task.Delay(TimeSpan.FromMilliseconds(2), CancellationToken.None);
        }
    }
}
