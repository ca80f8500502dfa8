using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Legacy;

/// <summary>The import on PostgreSQL is killed with SIGKILL at each of its steps. The database holds it at that step.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PostgresUpgradeKillTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("BEFORE INSERT ON entries", 1)]
    [TestCase("AFTER INSERT ON entries", 60)]
    [TestCase("BEFORE DELETE ON kv", 1)]
    [TestCase("AFTER DELETE ON kv", 60)]
    public async Task A_kill_in_the_middle_loses_nothing(string step, int row)
    {
        var entries = await LegacyData.PutIntoAsync(_store);
        await PrepareAsync();
        await _store.ExecuteAsync($"""
            CREATE SEQUENCE held;
            CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF nextval('held') = {row} THEN PERFORM pg_sleep(60); END IF; RETURN COALESCE(NEW, OLD); END $$;
            CREATE TRIGGER hold {step} FOR EACH ROW EXECUTE FUNCTION hold()
            """);

        await KillWhileAsync("wait_event = 'PgSleep'");

        await _store.ExecuteAsync("DROP FUNCTION hold CASCADE; DROP SEQUENCE held");
        await ShouldGoOnAsync(entries);
    }

    [Test]
    public async Task A_kill_before_the_table_is_dropped_loses_nothing()
    {
        var entries = await LegacyData.PutIntoAsync(_store);
        await PrepareAsync();

        // A reader of the table: its rows can be removed, and it cannot be dropped.
        await using (var reader = new NpgsqlConnection($"{_store.Location};Pooling=false"))
        {
            await reader.OpenAsync();
            await using var begin = new NpgsqlCommand("BEGIN; LOCK TABLE kv IN ACCESS SHARE MODE", reader);
            await begin.ExecuteNonQueryAsync();
            await KillWhileAsync("wait_event_type = 'Lock'");
        }

        await ShouldGoOnAsync(entries);
    }

    /// <summary>Creates the tables for the triggers.</summary>
    private async Task PrepareAsync()
    {
        await _store.ExecuteAsync("ALTER TABLE kv RENAME TO away");
        await using (await TestServer.StartAsync(_store))
        {
        }

        await _store.ExecuteAsync("ALTER TABLE away RENAME TO kv");
    }

    private async Task KillWhileAsync(string activity)
    {
        await using var server = ServerProcess.Launch(_store.Folder, _store.Settings);
        await using var observer = new NpgsqlConnection($"{_store.Location};Pooling=false");
        await observer.OpenAsync();
        await using var observe = new NpgsqlCommand($"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {activity} LIMIT 1", observer);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await observe.ExecuteScalarAsync() is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }

        server.Output.Should().NotContain("The store is ready");
        await server.KillAsync();

        // PostgreSQL itself would notice only at its next write that the client is gone.
        await _store.ExecuteAsync("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dumbkv'");
    }

    private async Task ShouldGoOnAsync(IReadOnlyList<OriginalEntry> entries)
    {
        await using var server = await TestServer.StartAsync(_store);
        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
        (await _store.ExecuteAsync("SELECT to_regclass('kv')::text")).Should().Be(DBNull.Value);
    }
}
