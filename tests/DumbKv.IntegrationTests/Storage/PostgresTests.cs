using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Behaviour on PostgreSQL only: several replicas, a database that stops and restarts, and the SQL that it receives.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed partial class PostgresTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    public PostgresTests(StoreKind kind) => kind.Should().Be(StoreKind.Postgres);

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task Four_servers_that_start_together_on_an_empty_database_all_serve()
    {
        // Repeated, because their order varies.
        for (var round = 0; round < 3; round++)
        {
            var database = await TestDatabase.CreateAsync();

            var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync(database.ConnectionString)));
            var set = await servers[0].Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            var values = await Task.WhenAll(servers.Select(server => server.Http.ValueAsync("k")));

            set.StatusCode.Should().Be(HttpStatusCode.OK);
            values.Should().Equal("v", "v", "v", "v");
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }

            await database.ReturnAsync();
        }
    }

    [TestCase("ALTER TABLE entries RENAME COLUMN sealed TO away")]
    [TestCase("ALTER TABLE entries RENAME TO away")]
    public async Task A_failure_of_unknown_cause_is_a_bug_and_not_an_unavailable_store(string change)
    {
        await using var store = await TestStore.CreateUntouchedAsync(StoreKind.Postgres);
        await using var server = await StartAsync(store.Location);
        await store.ExecuteAsync(change);

        using var read = await server.Http.PostKvAsync("""{"key": "k"}""");
        using var write = await server.Http.PutKvAsync("""{"key": "l", "value": "v"}""");

        read.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        write.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await read.DetailAsync()).Should().Be("The server failed. Its log has the cause. Try again.");
        await Eventually.HoldsAsync(() => server.Output.Split("This is a bug").Length == 3);
    }

    [TestCase("57014", HttpStatusCode.ServiceUnavailable)] // Cancelled, for example by statement_timeout.
    [TestCase("25006", HttpStatusCode.ServiceUnavailable)] // Read-only.
    [TestCase("53200", HttpStatusCode.ServiceUnavailable)] // Out of memory.
    [TestCase("53100", HttpStatusCode.InsufficientStorage)] // The disk is full.
    [TestCase("58030", HttpStatusCode.ServiceUnavailable)] // A disk error.
    [TestCase("40001", HttpStatusCode.ServiceUnavailable)] // A serialization failure, after the retries.
    [TestCase("42703", HttpStatusCode.InternalServerError)] // An undefined column.
    [TestCase("22012", HttpStatusCode.InternalServerError)] // A division by zero.
    [TestCase("XX000", HttpStatusCode.InternalServerError)] // An internal error.
    public async Task Only_an_error_that_is_known_to_mean_an_unavailable_store_is_answered_with_503(string state, HttpStatusCode expected)
    {
        await using var store = await TestStore.CreateUntouchedAsync(StoreKind.Postgres);
        await using var server = await TestServer.StartAsync(store);
        await store.ExecuteAsync($"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fails' USING ERRCODE = '{state}'; END $$;
            CREATE TRIGGER fail BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION fail()
            """);

        using var write = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        write.StatusCode.Should().Be(expected);
    }

    [Test]
    public async Task A_full_disk_is_507_for_a_read_that_consumes_and_for_a_delete_and_the_value_is_kept()
    {
        await using var store = await TestStore.CreateUntouchedAsync(StoreKind.Postgres);
        await using var server = await TestServer.StartAsync(store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
        await store.ExecuteAsync("""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fails' USING ERRCODE = '53100'; END $$;
            CREATE TRIGGER fail BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION fail()
            """);

        using var read = await server.Http.PostKvAsync("""{"key": "k"}""");
        using var delete = await server.Http.DeleteKvAsync("""{"key": "k"}""");
        await store.ExecuteAsync("DROP TRIGGER fail ON entries");

        read.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        delete.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await read.DetailAsync()).Should().Be("The disk of the store is full. Try again when there is space.");
        (await server.Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task One_of_many_sets_through_two_servers_succeeds()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Postgres);
        await using var one = await TestServer.StartAsync(store);
        await using var other = await TestServer.StartAsync(store);

        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(writer =>
                (writer % 2 == 0 ? one : other).Http.PutKvAsync($$"""{"key": "round {{round}}", "value": "{{writer}}"}""")));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).Should().Be(63);
        }
    }

    [Test]
    public async Task A_database_that_stops_and_restarts_loses_no_acknowledged_write()
    {
        await using var postgres = await LocalAsync();
        await using var server = await StartAsync(postgres.ConnectionString());
        var acknowledged = new ConcurrentBag<int>();
        var statuses = new ConcurrentBag<HttpStatusCode>();
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => WriteAsync(server.Http, writer, acknowledged, statuses, enough.Token)));

        await UntilAsync(() => Task.FromResult(acknowledged.Count > 100), TimeSpan.FromSeconds(20));
        await postgres.StopAsync();
        var timeToNotReady = await UntilAsync(async () => (await server.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(20));
        using var read = await server.Http.PostKvAsync("""{"key": "k"}""");
        using var write = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var live = await server.Http.GetAsync("/health/live");
        using var ready = await server.Http.GetAsync("/health/ready");
        await postgres.StartAsync();
        var before = acknowledged.Count;
        var timeToService = await UntilAsync(() => Task.FromResult(acknowledged.Count > before + 20), TimeSpan.FromSeconds(20));
        await enough.CancelAsync();
        await load;

        timeToNotReady.Should().BeLessThan(TimeSpan.FromSeconds(5));
        timeToService.Should().BeLessThan(TimeSpan.FromSeconds(5));
        read.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        read.Headers.RetryAfter.Should().NotBeNull();
        write.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        live.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ready.TextAsync()).Should().Be("""{"status":"unhealthy","checks":{"store":"the database does not answer"}}""");
        statuses.Distinct().Should().BeSubsetOf([HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.ServiceUnavailable]);
        foreach (var number in acknowledged)
        {
            (await server.Http.ValueAsync($"{number}")).Should().Be($"value {number}");
        }
    }

    [Test]
    public async Task A_database_that_hangs_delays_no_request_for_long()
    {
        await using var postgres = await LocalAsync();
        await using var server = await StartAsync(postgres.ConnectionString());

        await postgres.SignalAsync("STOP");
        var watch = Stopwatch.StartNew();
        using var write = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var live = await server.Http.GetAsync("/health/live");
        watch.Stop();
        await postgres.SignalAsync("CONT");

        write.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        live.StatusCode.Should().Be(HttpStatusCode.OK);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), "a check has 1 second, its cancel 6, a new connection 6");
    }

    [Test]
    public async Task Readiness_of_a_database_that_hangs_is_answered_before_probes_time_out()
    {
        await using var postgres = await LocalAsync();
        await using var server = await StartAsync(postgres.ConnectionString());
        var slowest = TimeSpan.Zero;
        await postgres.SignalAsync("STOP");

        // Rounds of many probes, for longer than the first query takes to fail.
        var answers = new List<HttpStatusCode>();
        await UntilAsync(async () => await ProbeAsync() == HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(10));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(8);)
        {
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ProbeAsync())));
        }

        await postgres.SignalAsync("CONT");
        await UntilAsync(async () => (await server.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK, TimeSpan.FromSeconds(20));
        var connections = (long)(await postgres.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dumbkv'"))!;

        answers.Distinct().Should().Equal(HttpStatusCode.ServiceUnavailable);
        slowest.Should().BeLessThan(TimeSpan.FromSeconds(2.5));
        connections.Should().BeLessThan(6, "probes share one query");

        async Task<HttpStatusCode> ProbeAsync()
        {
            var watch = Stopwatch.StartNew();
            using var ready = await server.Http.GetAsync("/health/ready");
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            return ready.StatusCode;
        }
    }

    /// <summary>A write that finds its connection closed has not left the server, so it is sent on another connection.</summary>
    /// <param name="hosts">The number of hosts in DATABASE_LOCATION. There is no server at the second one.</param>
    [TestCase(1)]
    [TestCase(2)]
    public async Task A_write_after_the_database_closed_idle_connections_succeeds(int hosts)
    {
        await using var postgres = await LocalAsync("-c", "idle_session_timeout=1s");
        var location = hosts == 1
            ? postgres.ConnectionString()
            : $"{postgres.ConnectionString()};Host=127.0.0.1:{postgres.Port},127.0.0.1:{LocalPostgres.FreePort()}";
        await using var server = await StartAsync(location);
        const string Backends = "FROM pg_stat_activity WHERE application_name = 'dumbkv'";
        var answers = new List<string>();

        for (var round = 0; round < 6; round++)
        {
            // Several connections, and each of the reasons to lose them.
            await Task.WhenAll(Enumerable.Range(0, 20).Select(caller => server.Http.PostKvAsync($$"""{"key": "{{caller}}"}""")));
            switch (round % 3)
            {
                case 0:
                    await postgres.ExecuteAsync($"SELECT count(pg_terminate_backend(pid)) {Backends}");
                    break;
                case 1:
                    await postgres.StopAsync();
                    await postgres.StartAsync();
                    break;
            }

            await UntilAsync(async () => await postgres.ExecuteAsync($"SELECT count(*) {Backends}") is 0L, TimeSpan.FromSeconds(20));
            using var answer = round % 2 == 0
                ? await server.Http.PutKvAsync($$"""{"key": "{{round}}", "value": "v"}""")
                : await server.Http.DeleteKvAsync($$"""{"key": "{{round - 1}}"}""");
            answers.Add($"{round}: {(int)answer.StatusCode}");
        }

        answers.Should().Equal("0: 200", "1: 200", "2: 200", "3: 200", "4: 200", "5: 200");
    }

    [Test]
    public async Task A_server_started_before_its_database_waits_for_it()
    {
        await using var postgres = await LocalAsync();
        await postgres.StopAsync();
        await using var server = ServerProcess.Launch(_folder.FullName, Settings(postgres.ConnectionString()));
        await server.WaitUntilListeningAsync();

        using var live = await server.Http.GetAsync("/health/live");
        using var ready = await server.Http.GetAsync("/health/ready");
        using var read = await server.Http.PostKvAsync("""{"key": "k"}""");
        await postgres.StartAsync();
        await server.WaitUntilReadyAsync();

        live.StatusCode.Should().Be(HttpStatusCode.OK);
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        read.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
    }

    [Test]
    public async Task A_wrong_password_stops_the_start_and_is_not_shown()
    {
        await using var postgres = await LocalAsync();
        var location = $"postgres://dumbkv:hunter2@127.0.0.1:{postgres.Port}/postgres";

        await using var server = ServerProcess.Launch(_folder.FullName, [.. Settings(location), new("LOG_LEVEL", "Error")]);

        (await server.ExitCodeAsync()).Should().Be(2);
        server.Output.Should().StartWith("DATABASE_LOCATION: ").And.Contain("refuses").And.NotContain("hunter2").And.NotContain("\n");
    }

    [Test]
    public async Task A_database_that_does_not_exist_stops_the_start()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Postgres);
        var location = new NpgsqlConnectionStringBuilder(store.Location) { Database = "nowhere" }.ConnectionString;

        await using var server = ServerProcess.Launch(_folder.FullName, [.. Settings(location), new("LOG_LEVEL", "Error")]);

        (await server.ExitCodeAsync()).Should().Be(2);
        server.Output.Should().StartWith("DATABASE_LOCATION: PostgreSQL database nowhere at ").And.Contain("does not exist").And.NotContain("\n");
    }

    /// <summary>
    /// Each statement of a request names one row by its primary key, and contains nothing that would keep a router of a distributed
    /// PostgreSQL from sending it to one node. The statements come from the database's own log, so none is missed.
    /// </summary>
    [Test]
    public async Task Every_statement_of_a_request_names_one_row_by_its_primary_key()
    {
        await using var postgres = await LocalAsync("-c", "log_statement=all", "-c", "log_line_prefix=");
        await using var server = await StartAsync(postgres.ConnectionString());
        var from = postgres.Log.Length;

        using var set = await server.Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60}""");
        var version = set.Headers.ETag!.ToString();
        await server.Http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""");
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""", ifMatch: version);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""", ifMatch: "*");
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""", ifNoneMatch: "*");
        await server.Http.PostKvAsync("""{"key": "k"}""");
        await server.Http.DeleteKvAsync("""{"key": "k"}""");
        await server.Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: version);
        await server.Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: "*");
        await server.Http.PostKvAsync("""{"key": "k"}""");
        await server.Http.PutKvAsync("""{"key": "end of the log", "value": ""}""");

        string[] statements = [];
        await UntilAsync(() => Task.FromResult((statements = Statements(postgres.Log[from..])).Count(sql => sql == "COMMIT") >= 10), TimeSpan.FromSeconds(10));

        // A write is a transaction from BEGIN to COMMIT. A distributed PostgreSQL would otherwise commit each statement by itself.
        statements.Count(sql => sql == "BEGIN").Should().Be(10);
        statements.Count(sql => sql.StartsWith("SELECT set_config('lock_timeout'", StringComparison.Ordinal)).Should().Be(10);
        statements = [.. statements.Where(sql => sql is not "BEGIN" and not "COMMIT" && !sql.Contains("lock_timeout", StringComparison.Ordinal))];
        statements.Should().HaveCount(12, "one statement per request, and a second one for the read that deletes");
        foreach (var statement in statements)
        {
            statement.Should().MatchRegex(@"^(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b");
            (statement.Contains("ON CONFLICT (database_id, lookup)", StringComparison.Ordinal)
                || PrimaryKey().IsMatch(statement)).Should().BeTrue("this names no single row: {0}", statement);
            SubSelect().IsMatch(statement).Should().BeFalse("this has a sub-select: {0}", statement);
            statement.Should().NotContainAny("FOR UPDATE", "advisory", "RETURNING", " JOIN ", " IN (");
        }
    }

    private static string[] Statements(string[] log)
    {
        // A statement can span several lines, which begin with a tab.
        var text = string.Join('\n', log).Replace("\n\t", " ", StringComparison.Ordinal);
        return [.. StatementLine().Matches(text).Select(match => match.Groups[1].Value.Trim()).Where(IsOfARequest)];
    }

    // The server itself regularly checks the store, its size and its connections.
    private static bool IsOfARequest(string sql) =>
        !sql.Contains(" store ", StringComparison.Ordinal) && !sql.Contains("pg_total_relation_size", StringComparison.Ordinal) && sql != "SELECT 1";

    private static async Task WriteAsync(
        HttpClient http, int writer, ConcurrentBag<int> acknowledged, ConcurrentBag<HttpStatusCode> statuses, CancellationToken enough)
    {
        for (var number = writer; !enough.IsCancellationRequested; number += 8)
        {
            using var response = await http.PutKvAsync($$"""{"key": "{{number}}", "value": "value {{number}}"}""");
            statuses.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                acknowledged.Add(number);
            }
            else
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None); // A client waits too before it tries again.
            }
        }
    }

    private static async Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.Should().BeLessThan(patience, "the condition should become true in time");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return watch.Elapsed;
    }

    private static async Task<LocalPostgres> LocalAsync(params string[] options)
    {
        var binaries = LocalPostgres.FindBinaries();
        if (binaries is null)
        {
            Assert.Ignore("Needs PostgreSQL's own binaries on this machine, to stop and start it.");
        }

        return await LocalPostgres.StartAsync(binaries, options);
    }

    private Task<ServerProcess> StartAsync(string location) =>
        ServerProcess.StartAsync(_folder.FullName, [.. Settings(location).Select(setting => (setting.Key, setting.Value!))]);

    private static KeyValuePair<string, string?>[] Settings(string location) => [new("DATABASE_TYPE", "postgres"), new("DATABASE_LOCATION", location)];

    [GeneratedRegex("""\b(\w+\.)?"?database_id"? = \$\d+ AND (\w+\.)?"?lookup"? = \$\d+""")]
    private static partial Regex PrimaryKey();

    [GeneratedRegex(@"\(\s*SELECT", RegexOptions.IgnoreCase)]
    private static partial Regex SubSelect();

    [GeneratedRegex(@"LOG:  (?:statement|execute [^:]*): (.*)")]
    private static partial Regex StatementLine();
}
