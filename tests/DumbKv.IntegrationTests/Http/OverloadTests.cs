using System.Net;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;

namespace DumbKv.IntegrationTests.Http;

/// <summary>MAX_CONCURRENT_REQUESTS: requests over the limit are refused immediately, and the others are served.</summary>
public sealed class OverloadTests
{
    [Test]
    public async Task Requests_over_the_limit_are_503_immediately_and_the_others_are_served()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store, ("MAX_CONCURRENT_REQUESTS", "2"));

        // Another program locks the file, so writes wait as for a slow disk. Two are processed and two wait.
        await using var other = new SqliteConnection($"Data Source={store.Location};Pooling=false");
        await other.OpenAsync();
        await using var transaction = other.BeginTransaction(deferred: false);
        var writes = Enumerable.Range(0, 10).Select(number => server.Http.PutKvAsync($$"""{"key": "{{number}}", "value": "v"}""")).ToList();
        var refused = new List<HttpResponseMessage>();
        await foreach (var write in Task.WhenEach(writes))
        {
            refused.Add(await write);
            if (refused.Count == 6)
            {
                break;
            }
        }

        using var health = await server.Http.GetAsync("/health/live");
        using var metrics = await server.Http.GetAsync("/metrics");
        using var script = await server.Http.GetAsync("/");
        server.Http.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        using var page = await server.Http.GetAsync("/");
        server.Http.DefaultRequestHeaders.Accept.Clear();
        server.Http.DefaultRequestHeaders.Accept.ParseAdd("image/png");
        using var picture = await server.Http.GetAsync("/");
        await transaction.RollbackAsync();
        var answers = await Task.WhenAll(writes);

        foreach (var refusal in refused)
        {
            refusal.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            refusal.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
            (await refusal.DetailAsync()).Should().StartWith("The server has more to do than it can.");
        }

        health.StatusCode.Should().Be(HttpStatusCode.OK);
        metrics.StatusCode.Should().Be(HttpStatusCode.OK);
        (await script.DetailAsync()).Should().StartWith("The server has more to do than it can.");
        await ShouldBeCountedAsync(server.Http);
        page.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        page.Content.Headers.ContentType!.MediaType.Should().Be("text/html", "a user without JavaScript reads it");
        (await page.TextAsync()).Should().Contain("The server has more to do than it can.");
        picture.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, "the limit applies whatever Accept says");
        (await picture.DetailAsync()).Should().StartWith("The server has more to do than it can.");
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(4);
    }

    /// <summary>Metrics are updated a moment after the response. Requests of other tests in this process can be counted too.</summary>
    private static async Task ShouldBeCountedAsync(HttpClient http)
    {
        var sixOrMore = new Regex("""http_server_request_duration_seconds_count\{[^}]*http_response_status_code="503"[^}]*http_route="kv"[^}]*\} ([6-9]|\d\d)""");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!sixOrMore.IsMatch(await http.GetStringAsync("/metrics", patience.Token)))
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
