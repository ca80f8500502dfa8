using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>METRICS_PORT: whoever may reach the API need not see the metrics, nor the other way round.</summary>
public sealed class MetricsPortTests
{
    [Test]
    public async Task Only_metrics_answer_there_and_nowhere_else()
    {
        var port = LocalPostgres.FreePort();
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("METRICS_PORT", $"{port}"));
        using var metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        (await metrics.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var path in new[] { "/", "/health", "/health/ready", "/docs", "/openapi.json", "/site.css", "/metrics/" })
        {
            (await metrics.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }

        (await metrics.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await server.Http.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await server.Http.GetAsync("/METRICS")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_Host_header_does_not_decide()
    {
        var port = LocalPostgres.FreePort();
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("METRICS_PORT", $"{port}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = $"127.0.0.1:{port}" } };

        using var response = await server.Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }
}
