using System.Globalization;
using System.Net;
using System.Text.Json;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>Four server processes on one PostgreSQL.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class ReplicaTests(StoreKind kind)
{
    private const int Readers = 64;

    private TestStore _store = null!;
    private ServerProcess[] _servers = [];

    // 500 rounds in a long run (./test.sh --long).
    private static int Rounds => Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? 500 : 40;

    [SetUp]
    public async Task StartServers()
    {
        _store = await TestStore.CreateAsync(kind);
        _servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ServerProcess.StartAsync(
            _store.Folder, ("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", _store.Location))));
    }

    [TearDown]
    public async Task StopServers()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    [Test]
    public async Task Exactly_one_of_64_readers_over_four_servers_gets_a_read_once_value()
    {
        for (var round = 0; round < Rounds; round++)
        {
            using var set = await _servers[round % 4].Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
            set.StatusCode.Should().Be(HttpStatusCode.OK);

            var answers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(reader => _servers[reader % 4].Http.PostKvAsync("""{"key": "k"}""")));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.Gone).Should().Be(Readers - 1);
        }

        TestContext.Out.WriteLine($"{Rounds} rounds");
    }

    [Test]
    public async Task Counting_by_compare_and_set_over_four_servers_loses_no_increment()
    {
        await _servers[0].Http.PutKvAsync("""{"key": "counter", "value": "0"}""");

        await Task.WhenAll(Enumerable.Range(0, 32).Select(writer => IncrementAsync(_servers[writer % 4].Http)));

        (await _servers[0].Http.ValueAsync("counter")).Should().Be("32");
    }

    private static async Task IncrementAsync(HttpClient http)
    {
        HttpStatusCode status;
        do
        {
            using var read = await http.PostKvAsync("""{"key": "counter"}""");
            using var answer = JsonDocument.Parse(await read.TextAsync());
            var next = int.Parse(answer.RootElement.GetProperty("value").GetString()!, CultureInfo.InvariantCulture) + 1;

            using var write = await http.PutKvAsync($$"""{"key": "counter", "value": "{{next}}"}""", ifMatch: read.Headers.ETag!.ToString());
            status = write.StatusCode;
            status.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.PreconditionFailed);
        }
        while (status != HttpStatusCode.OK);
    }
}
