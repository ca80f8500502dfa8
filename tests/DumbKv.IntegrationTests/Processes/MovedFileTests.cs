using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>Somebody moves the SQLite file of a running server.</summary>
public sealed class MovedFileTests
{
    [Test]
    public async Task No_acknowledged_write_is_lost_and_no_new_file_is_created()
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Folder, "dumbkv.db");
        var moved = Path.Combine(store.Folder, "moved.db");
        await using (var server = await ServerProcess.StartAsync(store.Folder))
        {
            for (var key = 0; key < 20; key++)
            {
                (await server.Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{key}}"}""")).EnsureSuccessStatusCode();
            }

            File.Move(file, moved);
            for (var read = 0; read < 5; read++)
            {
                using var response = await server.Http.PostKvAsync("""{"key": "0"}""");
                ((int)response.StatusCode).Should().BeOneOf(200, 503);
            }

            await server.StopAsync();
            server.Output.Should().NotContain("This is a bug");
        }

        File.Exists(file).Should().BeFalse();
        File.Move(moved, file);
        await using var again = await ServerProcess.StartAsync(store.Folder);
        for (var key = 0; key < 20; key++)
        {
            (await again.Http.ValueAsync($"{key}")).Should().Be($"{key}");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_server_does_not_write_into_a_file_that_the_next_start_does_not_use(bool isReplaced)
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Folder, "dumbkv.db");
        await using var server = await ServerProcess.StartAsync(store.Folder);
        (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();

        File.Move(file, file + ".moved");
        if (isReplaced)
        {
            File.Copy(file + ".moved", file);
        }

        using var refused = await server.Http.PutKvAsync("""{"key": "other", "value": "v"}""");
        using var again = await server.Http.PutKvAsync("""{"key": "other", "value": "v"}""");

        ((int)refused.StatusCode).Should().Be(503);
        (await refused.DetailAsync()).Should().Be("The store's file was moved or replaced while the server runs. The operator must restart the server.");
        ((int)again.StatusCode).Should().Be(503);
        server.Output.Should().Contain("The store refused a request, times since the last line: 1. The store's file was moved or replaced");
    }
}
