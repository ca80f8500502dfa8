using System.Diagnostics;
using System.Globalization;
using System.Net;
using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Requests that wait at the same time share a round trip, and writes a transaction. Each still has its own outcome.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PostgresBatchTests(StoreKind kind)
{
    private const int Callers = 60;

    [Test]
    public async Task Writes_that_wait_together_share_a_transaction()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store);

        var answers = await PutAsync(server, "new");
        var transactions = Convert.ToInt32(await store.ExecuteAsync("SELECT count(DISTINCT xmin::text) FROM entries"), CultureInfo.InvariantCulture);

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        transactions.Should().BeLessThan(Callers);
    }

    [Test]
    public async Task A_row_that_another_session_has_locked_delays_only_its_own_writer()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "locked", "value": "before"}""");
        await using var other = new NpgsqlConnection($"{store.Location};Pooling=false");
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT 1 FROM entries FOR UPDATE", other, transaction);
        await hold.ExecuteScalarAsync();

        // Twice, so that some writes are in the same batch as the locked row's write, and some in a later one.
        var watch = Stopwatch.StartNew();
        var first = PutAsync(server, "first");
        var locked = server.Http.PutKvAsync("""{"key": "locked", "value": "after", "overwrite": true}""");
        var second = PutAsync(server, "second");
        HttpResponseMessage[] answers = [.. await first, .. await second];
        var waited = watch.Elapsed;
        var isHeld = !locked.IsCompleted;
        await transaction.RollbackAsync();

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        waited.Should().BeLessThan(TimeSpan.FromSeconds(3), "a write that waits for a lock alone waits five seconds");
        isHeld.Should().BeTrue();
        (await locked).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Http.ValueAsync("locked")).Should().Be("after");
    }

    [Test]
    public async Task Many_writers_of_a_locked_row_leave_connections_to_all_others()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "locked", "value": "before"}""");
        await using var other = new NpgsqlConnection($"{store.Location};Pooling=false");
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT 1 FROM entries FOR UPDATE", other, transaction);
        await hold.ExecuteScalarAsync();

        var watch = Stopwatch.StartNew();
        var locked = Task.WhenAll(Enumerable.Range(0, 25).Select(writer =>
            server.Http.PutKvAsync($$"""{"key": "locked", "value": "{{writer}}", "overwrite": true}""")));
        var slowest = TimeSpan.Zero;
        var others = new List<HttpResponseMessage>();
        var reads = new List<string>();
        for (var round = 0; !locked.IsCompleted; round++)
        {
            var since = watch.Elapsed;
            others.AddRange(await PutAsync(server, $"round {round}"));
            reads.Add(await server.Http.ValueAsync("locked"));
            slowest = watch.Elapsed - since > slowest ? watch.Elapsed - since : slowest;
        }

        var waited = watch.Elapsed;
        await transaction.RollbackAsync();
        using var after = await server.Http.PutKvAsync("""{"key": "locked", "value": "after", "overwrite": true}""");

        StatusesOf([.. others]).Distinct().Should().Equal(HttpStatusCode.OK);
        slowest.Should().BeLessThan(TimeSpan.FromSeconds(3), "a batch waits 200 ms for a lock");
        reads.Should().OnlyContain(value => value == "before");
        StatusesOf(await locked).Distinct().Should().Equal(HttpStatusCode.ServiceUnavailable);
        (await (await locked)[0].DetailAsync()).Should().Contain("locked this entry").And.Contain("nothing was written");
        waited.Should().BeLessThan(TimeSpan.FromSeconds(10));
        after.StatusCode.Should().Be(HttpStatusCode.OK);
        TestContext.Out.WriteLine($"{others.Count} other writes, the slowest {Callers} of them in {slowest.TotalMilliseconds:0} ms; the locked ones ended after {waited.TotalSeconds:0.0} s");
    }

    [Test]
    public async Task A_locked_table_delays_no_write_for_long()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        await using var other = new NpgsqlConnection($"{store.Location};Pooling=false");
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("LOCK TABLE entries IN SHARE MODE", other, transaction);
        await hold.ExecuteNonQueryAsync();

        var watch = Stopwatch.StartNew();
        var answers = await PutAsync(server, "waits");
        var waited = watch.Elapsed;
        await transaction.RollbackAsync();
        var after = await PutAsync(server, "goes on");

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        waited.Should().BeLessThan(TimeSpan.FromSeconds(10));
        after.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        (await store.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be((long)Callers, "a write that was answered with 503 was not executed");
    }

    [Test]
    public async Task A_write_that_the_database_refuses_fails_alone()
    {
        await using var store = await TestStore.CreateUntouchedAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        await store.ExecuteAsync("ALTER TABLE entries ADD CHECK (database_id <> 7)");

        // Each fourth write is refused, and the others are not.
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => server.Http.PutKvAsync(Body(caller, ", \"value\": \"v\""))));

        StatusesOf(answers).Should().Equal(Expected);
        (await store.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be((long)Expected.Count(status => status == HttpStatusCode.OK));
    }

    [Test]
    public async Task A_read_that_the_database_cannot_answer_fails_alone()
    {
        await using var store = await TestStore.CreateUntouchedAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => server.Http.PutKvAsync(Body(caller, ", \"value\": \"v\""))));
        await store.ExecuteAsync("""
            ALTER TABLE entries RENAME TO sound;
            CREATE VIEW entries AS SELECT database_id, lookup, version, expires_at, flags,
                CASE WHEN database_id = 7 THEN (1 / (database_id - 7))::text::bytea ELSE sealed END AS sealed FROM sound
            """);

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => server.Http.PostKvAsync(Body(caller))));

        StatusesOf(answers).Should().Equal(Expected);
    }

    private static IEnumerable<HttpStatusCode> Expected =>
        Enumerable.Range(0, Callers).Select(caller => caller % 4 == 3 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);

    private static IEnumerable<HttpStatusCode> StatusesOf(HttpResponseMessage[] answers) => answers.Select(answer => answer.StatusCode);

    /// <summary>The body of a request. Each fourth request uses the database that fails.</summary>
    private static string Body(int caller, string more = "") => $$"""{"database": {{(caller % 4 == 3 ? 7 : 0)}}, "key": "{{caller}}"{{more}}}""";

    private static Task<HttpResponseMessage[]> PutAsync(TestServer server, string name) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => server.Http.PutKvAsync($$"""{"key": "{{name}} {{caller}}", "value": "v"}""")));
}
