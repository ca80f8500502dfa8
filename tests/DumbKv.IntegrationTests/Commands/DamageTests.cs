using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv check</c> on a SQLite file with damaged bytes. PostgreSQL checks its own pages.</summary>
public sealed class DamageTests
{
    [Test]
    public async Task A_damaged_page_is_found()
    {
        await using var store = await TestStore.CreateAsync();
        await using (await TestServer.StartAsync(store))
        {
        }

        await store.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var file = new FileStream(store.Location, FileMode.Open))
        {
            // The cell lists of all pages after the first one.
            for (var page = 4096; page < file.Length; page += 4096)
            {
                file.Position = page + 8;
                file.Write([0xFF, 0xFF, 0xFF, 0xFF]);
            }
        }

        var run = await CommandRun.OnAsync(store, "check");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain($"WRONG integrity: {store.Location} is damaged. Stop the server and restore a backup: dumbkv restore FILE.");
    }
}
