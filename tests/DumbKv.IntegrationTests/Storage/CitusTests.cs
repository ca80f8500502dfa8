using System.Net;
using System.Text.RegularExpressions;
using DumbKv.Application.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>A store whose entries Citus distributes over nodes, on the cluster that DUMBKV_TEST_CITUS names.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class CitusTests
{
    private CitusDatabase? _citus;
    private TestStore? _store;

    public CitusTests(StoreKind kind) => kind.Should().Be(StoreKind.Postgres);

    private CitusDatabase Database => _citus!;

    private TestStore Store => _store!;

    [SetUp]
    public async Task CreateDatabase()
    {
        _citus = await CitusDatabase.CreateAsync();
        _store = TestStore.In(_citus.Coordinator);
    }

    [TearDown]
    public async Task DropDatabase()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        if (_citus is not null)
        {
            await _citus.DisposeAsync();
        }
    }

    [Test]
    public async Task A_running_server_notices_nothing_when_its_entries_are_distributed()
    {
        await using var server = await TestServer.StartAsync(Store);
        using var before = await server.Http.PutKvAsync("""{"key": "before", "value": "v"}""");

        await Database.DistributeAsync();
        using var after = await server.Http.PutKvAsync("""{"key": "after", "value": "w"}""");

        after.StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Http.ValueAsync("before")).Should().Be("v");
        (await server.Http.ValueAsync("after")).Should().Be("w");
        (await server.Http.PutKvAsync("""{"key": "before", "value": "x"}""", ifMatch: before.Headers.ETag!.ToString())).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Every_condition_works_as_on_plain_PostgreSQL()
    {
        await using var server = await StartDistributedAsync();
        var http = server.Http;

        using var set = await http.PutKvAsync("""{"key": "k", "value": "1"}""");
        using var taken = await http.PutKvAsync("""{"key": "k", "value": "2"}""");
        using var stale = await http.PutKvAsync("""{"key": "k", "value": "3"}""", ifMatch: "\"00000000000000000000000000000000\"");
        using var swapped = await http.PutKvAsync("""{"key": "k", "value": "4"}""", ifMatch: set.Headers.ETag!.ToString());
        using var again = await http.PutKvAsync("""{"key": "k", "value": "5"}""", ifMatch: set.Headers.ETag!.ToString());
        await http.PutKvAsync("""{"key": "once", "value": "o", "once": true}""");
        var once = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => http.PostKvAsync("""{"key": "once"}""")));
        var creates = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => http.PutKvAsync("""{"key": "one of many", "value": "v"}""")));
        using var deleted = await http.DeleteKvAsync("""{"key": "k"}""", ifMatch: swapped.Headers.ETag!.ToString());

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        taken.StatusCode.Should().Be(HttpStatusCode.Conflict);
        stale.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        swapped.StatusCode.Should().Be(HttpStatusCode.OK);
        again.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        once.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
        once.Count(answer => answer.StatusCode == HttpStatusCode.Gone).Should().Be(15);
        creates.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
        deleted.StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.PostKvAsync("""{"key": "k"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_server_starts_on_distributed_entries_and_runs_the_migration_that_is_missing()
    {
        await using (await StartDistributedAsync())
        {
        }

        // The state before the last migration.
        await Store.ExecuteAsync("ALTER TABLE store DROP COLUMN original_rows_left");
        await Store.ExecuteAsync("""DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" LIKE '%_OriginalRowsLeft'""");
        await using var server = await TestServer.StartAsync(Store);

        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task The_size_of_the_store_is_that_of_the_shards_and_MAX_STORE_BYTES_bounds_them()
    {
        // 32 empty shards are smaller.
        (string, string)[] limit = [("MAX_STORE_BYTES", "1500000")];
        await using (await StartDistributedAsync())
        {
        }

        await using var server = await ServerProcess.StartAsync(
            Store.Folder, [.. Store.Settings.Select(setting => (setting.Key, setting.Value!)), .. limit]);
        for (var key = 0; key < 12; key++)
        {
            (await server.Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{new string('x', 100_000)}}"}""")).StatusCode.Should().Be(HttpStatusCode.OK);
        }

        // The server measures every ten seconds.
        await Eventually.HoldsAsync(async () => Size(await server.Http.GetStringAsync("/metrics")) > 1_500_000, seconds: 30);

        using var set = await server.Http.PutKvAsync("""{"key": "new", "value": "v"}""");
        set.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
    }

    [TestCase]
    [TestCase("check")]
    [TestCase("upgrade")]
    [TestCase("copy", "--from", "WORKER", "--to", "copied.db")]
    [TestCase("copy", "--from", "EMPTY", "--to", "WORKER")]
    public async Task A_worker_is_refused_in_one_line_and_nothing_is_left_there(params string[] command)
    {
        await using (await StartDistributedAsync())
        {
        }

        await using var worker = TestStore.In(Database.Workers[0]);
        await using var empty = await TestStore.CreateAsync();
        await using (await TestServer.StartAsync(empty))
        {
        }

        var run = await CommandRun.WithAsync(worker, [("LOG_LEVEL", "Error")], [.. command.Select(word => word switch { "WORKER" => $"postgres://?{Query(worker.Location)}", "EMPTY" => empty.Location, _ => word })]);

        run.ExitCode.Should().Be(2, run.Output);
        Lines(run.Output).Should().ContainSingle().Which.Should().StartWith("DATABASE_LOCATION: ")
            .And.EndWith("is on a worker of a Citus cluster. Name the cluster's coordinator instead.");
        (await worker.ExecuteAsync("SELECT to_regclass('store') IS NULL")).Should().Be(true);
    }

    [Test]
    public async Task Expired_rows_are_swept_from_every_shard()
    {
        await using var server = await StartDistributedAsync();
        foreach (var keys in Enumerable.Range(0, 600).Chunk(100))
        {
            var sets = await Task.WhenAll(keys.Select(key => server.Http.PutKvAsync($$"""{"key": "{{key}}", "value": "v", "ttl": 1}""")));
            sets.Should().OnlyContain(set => set.StatusCode == HttpStatusCode.OK);
        }

        await server.Http.PutKvAsync("""{"key": "stays", "value": "v"}""");
        server.Time.Advance(TimeSpan.FromSeconds(2));

        var removed = await server.Services.GetRequiredService<SweepExpiredEntriesHandler>().HandleAsync(CancellationToken.None);

        removed.Should().Be(600);
        (await Store.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be(1L);
    }

    [Test]
    public async Task A_store_is_copied_there_and_back_and_checked()
    {
        await using var source = await TestStore.CreateAsync();
        await using var back = await TestStore.CreateAsync();
        await using (var server = await TestServer.StartAsync(source))
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(key => server.Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{key}}"}""")));
        }

        await using (await StartDistributedAsync())
        {
        }

        var citus = $"postgres://?{Query(Store.Location)}";
        var there = await CommandRun.OnAsync(source, "copy", "--from", source.Location, "--to", citus);
        var check = await CommandRun.OnAsync(Store, "check");
        var andBack = await CommandRun.OnAsync(source, "copy", "--from", citus, "--to", back.Location);

        there.ExitCode.Should().Be(0, there.Output);
        there.Output.Should().Contain("Copied 100 entries, of which 0 were already there");
        check.ExitCode.Should().Be(0, check.Output);
        check.Output.Should().Contain("ok    entries: 100, of which 0 have expired");
        andBack.ExitCode.Should().Be(0, andBack.Output);
        (await back.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be(100L);
    }

    [Test]
    public async Task An_original_servers_table_is_imported_into_distributed_entries()
    {
        await using (await StartDistributedAsync())
        {
        }

        var entries = await LegacyData.PutIntoAsync(Store);
        await using var server = await TestServer.StartAsync(Store);

        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
        (await Store.ExecuteAsync("SELECT to_regclass('kv') IS NULL")).Should().Be(true);
    }

    private async Task<TestServer> StartDistributedAsync()
    {
        var server = await TestServer.StartAsync(Store);
        await Database.DistributeAsync();
        return server;
    }

    private static long Size(string metrics) =>
        Regex.Match(metrics, @"dumbkv_store_size_bytes\{[^}]*\} (\d+)") is { Success: true } match ? long.Parse(match.Groups[1].Value, null) : 0;

    private static string Query(string connectionString) => string.Join('&', new NpgsqlConnectionStringBuilder(connectionString)
        .Where(setting => setting.Key is "Host" or "Port" or "Username" or "Password" or "Database")
        .Select(setting => $"{setting.Key}={Uri.EscapeDataString($"{setting.Value}")}"));

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
