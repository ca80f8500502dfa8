using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Legacy;

/// <summary>A server that starts on the original's database imports it.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class UpgradeTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task Every_value_reads_back_and_no_old_ciphertext_is_left()
    {
        var entries = await LegacyData.PutIntoAsync(_store);

        await using (var server = await TestServer.StartAsync(_store))
        {
            await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
        }

        (await TableExistsAsync()).Should().BeFalse();
        await LegacyData.ShouldHaveLeftNothingInAsync(_store.Folder);
    }

    [Test]
    public async Task A_pepper_protects_imported_entries()
    {
        var entries = await LegacyData.PutIntoAsync(_store);

        await using var server = await TestServer.StartAsync(_store, ("PEPPER", "MDEyMzQ1Njc4OWFiY2RlZg=="));

        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
    }

    [Test]
    public async Task A_second_start_has_nothing_to_import()
    {
        var entries = await LegacyData.PutIntoAsync(_store);
        await using (await TestServer.StartAsync(_store))
        {
        }

        await using var server = await TestServer.StartAsync(_store);

        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
    }

    [Test]
    public async Task Rows_that_cannot_be_decrypted_stay_and_do_not_stop_the_import()
    {
        var entries = await LegacyData.PutIntoAsync(_store);
        await _store.ExecuteAsync("""
            INSERT INTO kv (database_id, key, value) VALUES
                (NULL, 'a', 'b'), (0, NULL, 'b'), (0, 'a', NULL), (0, '', ''), (0, 'not base64!', 'gAAAAA'),
                (0, 'MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOWY=', 'gAAAAABrA2G1BVdtpG5P3xMbxXcdQkvVaglwzfMIzKThKH2fx2_fqmg2YEtM3luJxFGuGf7srAORqa9eFjmtnsLseHnb6M9jtw==')
            """);

        await using (var first = await TestServer.StartAsync(_store))
        {
            await LegacyData.ShouldAllReadBackAsync(first.Http, entries);
        }

        await using var second = await TestServer.StartAsync(_store);
        await LegacyData.ShouldAllReadBackAsync(second.Http, entries);
        (await RowsAsync()).Should().Be(6);
        Convert.ToInt64(await _store.ExecuteAsync("SELECT original_rows_left FROM store"), null).Should().Be(6);
        await LegacyDataIsScrubbedAsync();
    }

    [Test]
    public async Task A_row_with_the_same_value_in_the_store_is_removed_and_one_with_another_value_stays()
    {
        await using (var before = await TestServer.StartAsync(_store))
        {
            await before.Http.PutKvAsync("""{"key": "hello", "value": "world"}""");
            await before.Http.PutKvAsync("""{"database": 1, "key": "hello", "value": "newer"}""");
        }

        await PutOriginalBesideAsync();

        await using var server = await TestServer.StartAsync(_store);
        (await server.Http.ValueAsync("hello")).Should().Be("world");
        using var kept = await server.Http.PostKvAsync("""{"database": 1, "key": "hello"}""");
        (await kept.TextAsync()).Should().Be("""{"value":"newer"}""");
        (await RowsAsync()).Should().Be(1);
    }

    [TestCase("CREATE TABLE kv (database_id INTEGER, key TEXT, value TEXT, more TEXT)")]
    [TestCase("CREATE TABLE kv (key TEXT, value TEXT)")]
    public async Task A_table_of_that_name_with_other_columns_is_left_alone(string create)
    {
        await _store.ExecuteAsync(create);
        await _store.ExecuteAsync("INSERT INTO kv (key, value) VALUES ('a', 'b')");

        await using var server = await TestServer.StartAsync(_store);

        (await RowsAsync()).Should().Be(1);
    }

    private async Task<bool> TableExistsAsync() => Convert.ToInt64(
        await _store.ExecuteAsync(kind == StoreKind.Postgres
            ? "SELECT count(*) FROM pg_class WHERE relname = 'kv'"
            : "SELECT count(*) FROM sqlite_master WHERE name = 'kv'"),
        null) == 1;

    private async Task<long> RowsAsync() => Convert.ToInt64(await _store.ExecuteAsync("SELECT count(*) FROM kv"), null);

    // No token of an imported row is left. The rows that stay keep theirs.
    private async Task LegacyDataIsScrubbedAsync()
    {
        if (kind == StoreKind.Sqlite)
        {
            var bytes = await TestStore.ReadFileAsync(_store.Location);
            bytes.AsSpan().IndexOf("gAAAAABrA2G1HGzbhdji"u8).Should().Be(-1);
        }
    }

    /// <summary>Adds the original's table to this server's database, as after a return to the original for a while.</summary>
    private async Task PutOriginalBesideAsync()
    {
        if (kind == StoreKind.Postgres)
        {
            await LegacyData.PutIntoAsync(_store);
            return;
        }

        await _store.ExecuteAsync($"ATTACH DATABASE '{LegacyData.SqliteFile}' AS original; CREATE TABLE kv AS SELECT * FROM original.kv");
    }
}
