using System.Net;

namespace DumbKv.ReliabilityTests;

/// <summary>The connection to PostgreSQL is cut after a commit and before the response to it.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class LostAnswerTests(StoreKind kind)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task No_write_is_executed_twice_denied_or_reported_without_being_there()
    {
        kind.Should().Be(StoreKind.Postgres);
        await using var postgres = await Postgres.StartAsync();
        using var proxy = new PostgresProxy(postgres.Port);
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings($"{postgres.ConnectionString()};Port={proxy.Port}"));
        var http = server.Http;
        var rounds = Rounds.Of(10, 50);
        var answered = new Dictionary<string, int>();

        for (var round = 0; round < rounds; round++)
        {
            // A set of a new key: done, and known to be done.
            proxy.CutAt("INSERT 0 1");
            using var set = await http.PutKvAsync($$"""{"key": "{{round}}", "value": "a"}""");
            Count("set", set).Should().Be(HttpStatusCode.OK);
            (await http.ValueAsync($"{round}")).Should().Be("a");

            // Compare and set: the version in the response is the stored one.
            proxy.CutAt("UPDATE 1");
            using var replaced = await http.PutKvAsync($$"""{"key": "{{round}}", "value": "b"}""", ifMatch: set.Headers.ETag!.ToString());
            Count("compare and set", replaced).Should().Be(HttpStatusCode.OK);
            using var read = await http.PostKvAsync($$"""{"key": "{{round}}"}""");
            read.Headers.ETag.Should().Be(replaced.Headers.ETag);

            // A conditional delete: the row is gone, and it is unknown which delete removed it.
            proxy.CutAt("DELETE 1");
            using var deleted = await http.DeleteKvAsync($$"""{"key": "{{round}}"}""", ifMatch: replaced.Headers.ETag!.ToString());
            Count("conditional delete", deleted).Should().Be(HttpStatusCode.ServiceUnavailable);
            (await http.PostKvAsync($$"""{"key": "{{round}}"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);

            // A read of a read-once value: its receipt proves the read, so the value is returned. It is never returned twice.
            await http.PutKvAsync($$"""{"key": "once {{round}}", "value": "c", "once": true}""");
            proxy.CutAt("UPDATE 1");
            using var once = await http.PostKvAsync($$"""{"key": "once {{round}}"}""");
            Count("read once", once).Should().Be(HttpStatusCode.OK);
            (await http.PostKvAsync($$"""{"key": "once {{round}}"}""")).StatusCode.Should().Be(HttpStatusCode.Gone);
        }

        proxy.Cuts.Should().Be(rounds * 4);
        TestContext.Out.WriteLine($"{proxy.Cuts} connections cut after a commit: {string.Join(", ", answered.Select(pair => $"{pair.Value} × {pair.Key}"))}");

        HttpStatusCode Count(string call, HttpResponseMessage response)
        {
            var name = $"{call} {(int)response.StatusCode}";
            answered[name] = answered.GetValueOrDefault(name) + 1;
            return response.StatusCode;
        }
    }

    [Test]
    public async Task No_write_of_a_batch_is_denied_because_the_response_to_its_commit_was_lost()
    {
        kind.Should().Be(StoreKind.Postgres);
        await using var postgres = await Postgres.StartAsync();
        using var proxy = new PostgresProxy(postgres.Port);
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings($"{postgres.ConnectionString()};Port={proxy.Port}"));
        var http = server.Http;
        var rounds = Rounds.Of(5, 50);

        for (var round = 0; round < rounds; round++)
        {
            proxy.CutAt("INSERT 0 1");
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(writer => http.PutKvAsync($$"""{"key": "{{round}} {{writer}}", "value": "{{writer}}"}""")));

            answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
            for (var writer = 0; writer < answers.Length; writer++)
            {
                using var read = await http.PostKvAsync($$"""{"key": "{{round}} {{writer}}"}""");
                read.Headers.ETag.Should().Be(answers[writer].Headers.ETag, "the version in the response is the stored one");
            }
        }

        proxy.Cuts.Should().Be(rounds);
    }
}
