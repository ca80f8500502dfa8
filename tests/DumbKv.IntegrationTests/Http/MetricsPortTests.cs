using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>METRICS_PORT: clients of the API do not see the metrics, and scrapers do not reach the API.</summary>
public sealed class MetricsPortTests
{
    [Test]
    public async Task The_metrics_port_serves_only_metrics_and_health_and_the_other_ports_no_metrics()
    {
        var port = LocalPostgres.FreePort();
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("METRICS_PORT", $"{port}"));
        using var metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        foreach (var path in new[] { "/metrics", "/health", "/health/live", "/health/ready" })
        {
            (await metrics.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.OK, path);
        }

        foreach (var path in new[] { "/", "/docs", "/docs/index.html", "/openapi.json", "/site.css", "/metrics/x" })
        {
            (await metrics.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }

        (await metrics.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        foreach (var path in new[] { "/metrics", "/METRICS", "/metrics/", "/Metrics/", "/%6detrics", "/metrics?x=1" })
        {
            (await server.Http.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }

        (await (await metrics.GetAsync("/")).DetailAsync()).Should().Be("This port serves only /metrics and /health. The page and the API are on the ports of ASPNETCORE_URLS.");
        (await (await server.Http.GetAsync("/metrics")).DetailAsync()).Should().Be("The metrics are on a separate port: see METRICS_PORT.");
        (await server.Http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task It_is_opened_once_if_one_address_is_for_all_hosts()
    {
        var (port, first, second) = (LocalPostgres.FreePort(), LocalPostgres.FreePort(), LocalPostgres.FreePort());
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(
            store.Folder, ("ASPNETCORE_URLS", $"http://127.0.0.1:{first};http://*:{second}"), ("METRICS_PORT", $"{port}"));
        using var metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        (await metrics.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Http.GetAsync("/health")).StatusCode.Should().Be(HttpStatusCode.OK);
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
