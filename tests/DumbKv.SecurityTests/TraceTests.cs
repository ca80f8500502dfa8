namespace DumbKv.SecurityTests;

/// <summary>Found by the canaries: a span contained the method, the host name, the user agent and the trace state as they were sent.</summary>
public sealed class TraceTests
{
    [Test]
    public async Task A_span_contains_nothing_that_a_client_wrote_into_address_method_or_headers()
    {
        var canaries = new Canaries();
        var evidence = new Evidence();
        await using var store = await TestStore.CreateAsync();
        await using var collector = await OtlpCollector.StartAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, [("ALLOWED_HOSTS", "*"), .. collector.Settings]);

        await new CanaryCalls(new WatchedCaller(server.Http, evidence, canaries), canaries).MisplacedAsync();
        await server.StopAsync();

        evidence.Surprises.Should().BeEmpty();
        collector.Traces.AsSpan().IndexOf("http.route"u8).Should().BePositive("traces should arrive");
        canaries.FindIn(collector.Traces).Should().BeEmpty();
    }
}
