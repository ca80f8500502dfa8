using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv upgrade</c>: from the store's own table, and from another database.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class UpgradeCommandTests(StoreKind kind)
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task It_imports_from_the_stores_own_table()
    {
        var entries = await LegacyData.PutIntoAsync(_store);

        var run = await CommandRun.OnAsync(_store, "upgrade");
        var again = await CommandRun.OnAsync(_store, "upgrade");

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().EndWith($"Imported {entries.Count} entries.");
        again.Should().Be(new CommandRun(1, "There is nothing to import: the database has no table kv with the columns database_id, key and value."));
        await using var server = await TestServer.StartAsync(_store);
        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
    }

    [Test]
    public async Task It_imports_from_another_database_which_is_only_read()
    {
        await using var original = await TestStore.CreateAsync();
        var entries = await LegacyData.PutIntoAsync(original);
        var hash = SHA256.HashData(await File.ReadAllBytesAsync(original.Location));

        var run = await CommandRun.OnAsync(_store, "upgrade", "--from", original.Location);
        var again = await CommandRun.OnAsync(_store, "upgrade", "--from", original.Location);

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().Contain("Imported 200 entries.");
        again.ExitCode.Should().Be(0, again.Output);
        SHA256.HashData(await File.ReadAllBytesAsync(original.Location)).Should().Equal(hash);
        Directory.GetFiles(original.Folder).Should().ContainSingle();
        await using var server = await TestServer.StartAsync(_store);
        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
    }

    [Test]
    public async Task It_imports_from_another_database_whose_server_was_killed()
    {
        await using var original = await TestStore.CreateAsync();
        var entries = await LegacyData.PutIntoAsync(original);
        await KilledStore.LeaveHotJournalAsync(original.Location, "UPDATE kv SET value = 'half-done'");

        var run = await CommandRun.OnAsync(_store, "upgrade", "--from", original.Location);

        run.ExitCode.Should().Be(0, run.Output);
        await using var server = await TestServer.StartAsync(_store);
        await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
    }

    [Test]
    public async Task Rows_that_stay_are_named_and_counted()
    {
        await LegacyData.PutIntoAsync(_store);
        await _store.ExecuteAsync("INSERT INTO kv (database_id, key, value) VALUES (0, 'not base64!', 'gAAAAA')");

        var run = await CommandRun.OnAsync(_store, "upgrade");

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().Contain("stays in the original's table kv: it cannot be decrypted")
            .And.Contain("1 rows stay in the table kv: 1 cannot be decrypted, 0 have another value in this store.")
            .And.NotContain("not base64!");
    }
}
