using System.Net;
using System.Text.Json;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// The responses to committed writes are lost, and the statement that confirms them fails or reaches another server. The outcome is
/// unknown, so no write is repeated, and no response claims a definite outcome.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class UnknownOutcomeTests(StoreKind kind)
{
    private const int Each = 8;

    // PostgreSQL reports the COMMIT of a batch, and each of its statements.
    private static readonly string[] Writes = ["INSERT 0 1", "UPDATE 1", "DELETE 1", "COMMIT"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [SetUp]
    public void OnPostgres() => kind.Should().Be(StoreKind.Postgres);

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    /// <param name="milliseconds">How long the address leads to a standby in recovery, because the orchestrator moves the address first.</param>
    [TestCase(500)]
    [TestCase(900)]
    public async Task An_address_that_moves_to_its_standby_repeats_no_write(int milliseconds)
    {
        await using var primary = await Postgres.StartAsync();
        await using var standby = await primary.StartStandbyAsync();
        await primary.RequireStandbysAsync("*");
        await Eventually.HoldsAsync(async () => await primary.ExecuteAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L);
        using var address = new PostgresProxy(primary.Port);
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings($"{primary.ConnectionString()};Port={address.Port}"));
        await using var replica = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(
            $"{primary.ConnectionString()};Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}"));

        var answers = await LoseAnswersAsync(server.Http, address, primary, database: 0);
        var moved = Task.Delay(milliseconds);
        address.MoveTo(standby.Port);
        await primary.KillAsync();
        await moved;
        await standby.PromoteAsync();
        await SetDeletedKeysAgainAsync(replica.Http, database: 0);
        await Task.WhenAll(answers.All);

        await VerifyAsync(answers, replica.Http, database: 0, mayBeConfirmed: true);
    }

    /// <summary>A trigger fails the confirming update, which is the only one that does not change the version.</summary>
    [Test]
    public async Task A_confirmation_that_fails_repeats_no_write()
    {
        string[] failures =
        [
            "RAISE EXCEPTION 'cancelled' USING ERRCODE = '57014'",
            "RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'",
            "RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'",
            "RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'",
            "PERFORM pg_terminate_backend(pg_backend_pid())",
        ];
        await using var postgres = await Postgres.StartAsync();
        using var proxy = new PostgresProxy(postgres.Port);
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings($"{postgres.ConnectionString()};Port={proxy.Port}"));
        await using var replica = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(postgres.ConnectionString()));

        for (var database = 0; database < failures.Length; database++)
        {
            await postgres.ExecuteAsync(
                $"CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.version = OLD.version THEN {failures[database]}; END IF; RETURN NEW; END $$",
                "CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION fail()");

            var answers = await LoseAnswersAsync(server.Http, proxy, postgres, database);
            await SetDeletedKeysAgainAsync(replica.Http, database);
            proxy.MoveTo(postgres.Port);
            await Task.WhenAll(answers.All);

            TestContext.Out.WriteLine(failures[database]);
            await VerifyAsync(answers, replica.Http, database, mayBeConfirmed: false);
        }
    }

    /// <summary>Creates, compare-and-sets, deletes and reads of read-once values. All are committed, and no response arrives.</summary>
    private static async Task<Answers> LoseAnswersAsync(HttpClient http, PostgresProxy proxy, LocalPostgres postgres, int database)
    {
        var versions = new string[Each];
        for (var index = 0; index < Each; index++)
        {
            using var set = await http.PutKvAsync($$"""{"database": {{database}}, "key": "swap {{index}}", "value": "before"}""");
            versions[index] = set.Headers.ETag!.ToString();
            using var gone = await http.PutKvAsync($$"""{"database": {{database}}, "key": "gone {{index}}", "value": "before"}""");
            using var once = await http.PutKvAsync($$"""{"database": {{database}}, "key": "once {{index}}", "value": "before", "once": true}""");
        }

        const string OldRows = "SELECT count(*) FROM entries JOIN old USING (version)";
        var rows = $"SELECT count(*) FROM entries WHERE database_id = {database}";
        await postgres.ExecuteAsync("DROP TABLE IF EXISTS old", $"CREATE TABLE old AS SELECT version FROM entries WHERE database_id = {database}");

        proxy.SwallowFrom(Writes);
        var answers = new Answers(
            Send(index => http.PutKvAsync($$"""{"database": {{database}}, "key": "new {{index}}", "value": "after"}""")),
            Send(index => http.PutKvAsync($$"""{"database": {{database}}, "key": "swap {{index}}", "value": "after"}""", ifMatch: versions[index])),
            Send(index => http.DeleteKvAsync($$"""{"database": {{database}}, "key": "gone {{index}}"}""")),
            Send(index => http.PostKvAsync($$"""{"database": {{database}}, "key": "once {{index}}"}""")));
        await Eventually.HoldsAsync(async () =>
            await postgres.ExecuteAsync(OldRows) is 0L && await postgres.ExecuteAsync(rows) is (long)(3 * Each));
        return answers;

        static Task<HttpResponseMessage>[] Send(Func<int, Task<HttpResponseMessage>> call) => [.. Enumerable.Range(0, Each).Select(call)];
    }

    private static async Task SetDeletedKeysAgainAsync(HttpClient http, int database)
    {
        for (var index = 0; index < Each; index++)
        {
            await Eventually.HoldsAsync(async () =>
            {
                using var set = await http.PutKvAsync($$"""{"database": {{database}}, "key": "gone {{index}}", "value": "again", "overwrite": true}""");
                return set.StatusCode == HttpStatusCode.OK;
            });
        }
    }

    private static async Task VerifyAsync(Answers answers, HttpClient http, int database, bool mayBeConfirmed)
    {
        HttpStatusCode[] expected = mayBeConfirmed
            ? [HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable]
            : [HttpStatusCode.ServiceUnavailable];
        StatusesOf(answers.Creates).Should().BeSubsetOf(expected);
        StatusesOf(answers.Swaps).Should().BeSubsetOf(expected);
        StatusesOf(answers.Deletes).Should().Equal(HttpStatusCode.ServiceUnavailable);
        StatusesOf(answers.ReadsOnce).Should().BeSubsetOf(expected);
        for (var index = 0; index < Each; index++)
        {
            (await ValueAsync($"new {index}")).Should().Be("after");
            using var again = await http.PostKvAsync($$"""{"database": {{database}}, "key": "once {{index}}"}""");
            again.StatusCode.Should().Be(HttpStatusCode.Gone);
            (await ValueAsync($"swap {index}")).Should().Be("after");
            (await ValueAsync($"gone {index}")).Should().Be("again", "the other replica acknowledged the value after the delete");
        }

        TestContext.Out.WriteLine(string.Join(", ", answers.All.GroupBy(answer => answer.Result.StatusCode).Select(group => $"{group.Count()} × {(int)group.Key}")));

        async Task<string> ValueAsync(string key)
        {
            using var answer = await http.PostKvAsync($$"""{"database": {{database}}, "key": "{{key}}"}""");
            using var entry = JsonDocument.Parse(await answer.TextAsync());
            return entry.RootElement.GetProperty("value").GetString()!;
        }
    }

    private static IEnumerable<HttpStatusCode> StatusesOf(Task<HttpResponseMessage>[] answers) => answers.Select(answer => answer.Result.StatusCode).Distinct();

    private sealed record Answers(
        Task<HttpResponseMessage>[] Creates, Task<HttpResponseMessage>[] Swaps, Task<HttpResponseMessage>[] Deletes, Task<HttpResponseMessage>[] ReadsOnce)
    {
        public IEnumerable<Task<HttpResponseMessage>> All => [.. Creates, .. Swaps, .. Deletes, .. ReadsOnce];
    }
}
