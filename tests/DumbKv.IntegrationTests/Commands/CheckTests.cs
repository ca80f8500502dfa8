using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv check</c>: what is wrong with a store, as far as it is visible without keys.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class CheckTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(_store);
        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await server.Http.PutKvAsync("""{"key": "l", "value": "v"}""");
    }

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task An_undamaged_store_passes_even_while_a_server_uses_it()
    {
        await using var server = await TestServer.StartAsync(_store);

        var run = await CommandRun.OnAsync(_store, "check");

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().Contain("ok    schema: is this version's")
            .And.Contain("ok    pepper: none, and the store has none. Add one with: dumbkv pepper add")
            .And.Contain("ok    entries: 2, of which 0 have expired")
            .And.Contain("An altered value is not detected without its key")
            .And.NotContain("WRONG");
    }

    [Test]
    public async Task Another_pepper_is_found()
    {
        var run = await CommandRun.WithAsync(_store, [("PEPPER", "MDEyMzQ1Njc4OWFiY2RlZg==")], "check");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("WRONG pepper: this store has no pepper yet. Run dumbkv pepper add").And.Contain("ok    entries: 2");
    }

    [Test]
    public async Task A_missing_migration_is_found()
    {
        var table = "\"__EFMigrationsHistory\"";
        var last = await _store.ExecuteAsync($"SELECT max(\"MigrationId\") FROM {table}");
        await _store.ExecuteAsync($"DELETE FROM {table} WHERE \"MigrationId\" = '{last}'");
        try
        {
            var run = await CommandRun.OnAsync(_store, "check");

            run.ExitCode.Should().Be(1);
            run.Output.Should().Contain($"WRONG schema: the migration {last} is missing. Start this version's server on it once.");
        }
        finally
        {
            await _store.ExecuteAsync($"INSERT INTO {table} VALUES ('{last}', '10.0')");
        }
    }

    [Test]
    public async Task A_row_with_an_invalid_format_is_found()
    {
        await _store.ExecuteAsync("UPDATE entries SET flags = 64 WHERE lookup = (SELECT lookup FROM entries ORDER BY lookup LIMIT 1)");

        var run = await CommandRun.OnAsync(_store, "check");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("WRONG entries: 1 of 2 have an invalid format");
    }

    [Test]
    public async Task Nothing_is_created_if_there_is_no_store()
    {
        await using var empty = await TestStore.CreateUntouchedAsync(kind);

        var run = await CommandRun.OnAsync(empty, "check");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain(kind == StoreKind.Postgres ? "WRONG schema: there is no DumbKV store in it." : "does not exist.");
        Directory.GetFiles(empty.Folder).Should().BeEmpty();
    }
}
