using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Sqlite;
using DumbKv.TestHarness;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Stores of earlier and of later versions.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class SchemaVersionTests(StoreKind kind)
{
    private const string History = "\"__EFMigrationsHistory\"";

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateUntouchedAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_store_of_an_earlier_version_is_migrated_and_reads_back([Values(2, EarlierStore.Newest)] int schema, [Values] bool withPepper)
    {
        (string, string)[] settings = [("PEPPER", withPepper ? EarlierStore.Pepper : string.Empty)];
        await EarlierStore.PutIntoAsync(_store, withPepper, schema);

        await using (var server = await TestServer.StartAsync(_store, settings))
        {
            await EarlierStore.ShouldReadBackAsync(server.Http, schema);
        }

        var check = await CommandRun.WithAsync(_store, settings, "check");
        check.ExitCode.Should().Be(0, check.Output);
        check.Output.Should().Contain(withPepper ? "ok    pepper: is the store's" : "ok    pepper: none, and the store cannot have one: an earlier version made it without").And.NotContain("WRONG");
        (await MinimumSchemaAsync()).Should().Be(StoreSchema.Minimum, "a migrated store should record the same as a new one");
    }

    [Test]
    public async Task A_new_store_records_the_lowest_schema_that_can_open_it()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        (await MinimumSchemaAsync()).Should().Be(StoreSchema.Minimum);
    }

    [Test]
    public async Task The_previous_version_starts_on_a_store_of_this_version()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        // What the previous version does at its start: it finds no missing migration, and inserts the row if there is none.
        await _store.ExecuteAsync("DELETE FROM store");
        await _store.ExecuteAsync("INSERT INTO store (id, pepper_fingerprint) VALUES (1, NULL) ON CONFLICT (id) DO NOTHING");

        await using var server = await TestServer.StartAsync(_store);
        using var set = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        set.IsSuccessStatusCode.Should().BeTrue();
    }

    [Test]
    public async Task A_store_that_needs_a_newer_version_is_refused_by_the_server_and_by_every_command()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        await _store.ExecuteAsync("UPDATE store SET minimum_schema = 99");
        await using var other = await TestStore.CreateAsync();

        var start = await CommandRun.WithAsync(_store, [("LOG_LEVEL", "Warning")]);
        var check = await CommandRun.OnAsync(_store, "check");
        var upgrade = await CommandRun.OnAsync(_store, "upgrade");
        var from = await CommandRun.OnAsync(_store, "copy", "--from", _store.Location, "--to", other.Location);
        var to = await CommandRun.OnAsync(_store, "copy", "--from", await EarlierMigratedAsync(other), "--to", _store.Location);

        var expected = $"It needs schema 99, and this version has schema {StoreSchema.Number}. Use the newer version.";
        foreach (var run in new[] { start, check, upgrade, from, to })
        {
            run.ExitCode.Should().Be(1, run.Output);
            run.Output.Should().Contain(expected).And.NotContain("   at ");
        }

        start.Output.Should().NotContain("\n");
    }

    [Test]
    public async Task A_backup_of_a_store_that_needs_a_newer_version_is_neither_made_nor_restored()
    {
        Assume.That(kind, Is.EqualTo(StoreKind.Sqlite));
        await using (await TestServer.StartAsync(_store))
        {
        }

        var backup = Path.Combine(_store.Folder, "b.db");
        await _store.ExecuteAsync("UPDATE store SET minimum_schema = 99");
        await _store.ExecuteAsync($"VACUUM INTO '{backup}'");
        await _store.ExecuteAsync("UPDATE store SET minimum_schema = 1");

        var restore = await CommandRun.OnAsync(_store, "restore", backup);
        await _store.ExecuteAsync("UPDATE store SET minimum_schema = 99");
        var made = await CommandRun.OnAsync(_store, "backup", "c.db");

        restore.ExitCode.Should().Be(1);
        restore.Output.Should().Contain("It needs schema 99");
        made.ExitCode.Should().Be(1);
        made.Output.Should().Contain("It needs schema 99");
        Directory.GetFiles(_store.Folder, "c.db*").Should().BeEmpty();
        Directory.GetFiles(_store.Folder, "*.restor*").Should().BeEmpty();
    }

    [Test]
    public async Task A_migration_of_a_newer_version_is_accepted_if_the_store_allows_it()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        await _store.ExecuteAsync($"INSERT INTO {History} VALUES ('29990101000000_Future', '99.0')");

        var check = await CommandRun.OnAsync(_store, "check");
        await using var server = await TestServer.StartAsync(_store);

        check.ExitCode.Should().Be(0, check.Output);
    }

    [Test]
    public async Task A_migration_of_a_newer_version_is_refused_if_the_store_records_no_minimum()
    {
        await EarlierStore.PutIntoAsync(_store, schema: 2);
        await _store.ExecuteAsync($"INSERT INTO {History} VALUES ('29990101000000_Future', '99.0')");

        var start = await CommandRun.OnAsync(_store);
        var check = await CommandRun.OnAsync(_store, "check");

        foreach (var run in new[] { start, check })
        {
            run.ExitCode.Should().Be(1, run.Output);
            run.Output.Should().Contain("changed this store (migration 29990101000000_Future), and the store does not record that this version can open it.");
        }

        (await _store.ExecuteAsync($"SELECT count(*) FROM {History}")).Should().Be(3L, "nothing was migrated");
    }

    [Test]
    public void The_schema_number_is_the_number_of_migrations_of_each_database()
    {
        using KvDbContext context = kind == StoreKind.Sqlite
            ? new SqliteDesignTimeFactory().CreateDbContext([])
            : new PostgresDesignTimeFactory().CreateDbContext([]);

        context.Database.GetMigrations().Should().HaveCount(StoreSchema.Number, "each migration should increment StoreSchema.Number");
    }

    private async Task<long> MinimumSchemaAsync() => Convert.ToInt64(await _store.ExecuteAsync("SELECT minimum_schema FROM store"), null);

    private static async Task<string> EarlierMigratedAsync(TestStore store)
    {
        await using (await TestServer.StartAsync(store))
        {
        }

        return store.Location;
    }
}
