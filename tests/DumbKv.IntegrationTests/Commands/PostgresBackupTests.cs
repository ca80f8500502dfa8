using System.Diagnostics;
using System.Net;
using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Commands;

/// <summary>The commands in the documentation for PostgreSQL, run word for word.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PostgresBackupTests
{
    public PostgresBackupTests(StoreKind kind) => kind.Should().Be(StoreKind.Postgres);

    [Test]
    public async Task The_commands_of_the_admin_page_restore_a_store_and_change_nothing_else()
    {
        await using var store = await TestStore.CreateUntouchedAsync(StoreKind.Postgres);
        await store.ExecuteAsync("CREATE TABLE somebody_elses AS SELECT 1 AS id");
        var commands = Documents.CommandsOf("docs/admin.md", "Back up and restore: PostgreSQL");

        await BackUpChangeAndRestoreAsync(store, commands[0], commands[1], whileDumped: () => store.ExecuteAsync("UPDATE somebody_elses SET id = 2"));

        (await store.ExecuteAsync("SELECT id FROM somebody_elses")).Should().Be(2);
    }

    [Test]
    public async Task The_commands_of_the_scaling_page_restore_a_distributed_store()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var store = TestStore.In(citus.Coordinator);
        await using (await TestServer.StartAsync(store))
        {
            await citus.DistributeAsync();
        }

        await BackUpChangeAndRestoreAsync(
            store,
            Documents.CommandsOf("docs/admin.md", "Back up and restore: PostgreSQL")[0],
            Documents.CommandsOf("docs/scaling.md", "Back up and restore on Citus").Single());

        (await store.ExecuteAsync("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = 'entries'::regclass")).Should().Be(1L);
        (await store.ExecuteAsync("SELECT count(*) FROM pg_dist_node")).Should().Be(1L + citus.Workers.Count);
    }

    private static async Task BackUpChangeAndRestoreAsync(TestStore store, string backUp, string restore, Func<Task>? whileDumped = null)
    {
        await using (var server = await TestServer.StartAsync(store))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "before"}""");
            await RunAsync(store, backUp);
            await server.Http.PutKvAsync("""{"key": "k", "value": "after", "overwrite": true}""");
            await server.Http.PutKvAsync("""{"key": "new", "value": "v"}""");
            await (whileDumped?.Invoke() ?? Task.CompletedTask);
        }

        await RunAsync(store, restore);

        await using var restored = await TestServer.StartAsync(store);
        (await restored.Http.ValueAsync("k")).Should().Be("before");
        (await restored.Http.PostKvAsync("""{"key": "new"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await restored.Http.PutKvAsync("""{"key": "k", "value": "taken"}""")).StatusCode.Should().Be(HttpStatusCode.Conflict, "its primary key is there");
    }

    private static async Task RunAsync(TestStore store, string commands)
    {
        if (LocalPostgres.FindBinaries() is not { } binaries || !File.Exists(Path.Combine(binaries, "pg_dump")))
        {
            Assert.Ignore("Needs PostgreSQL's own tools on this machine.");
            return;
        }

        var location = new NpgsqlConnectionStringBuilder(store.Location);
        var start = new ProcessStartInfo("bash", ["-euc", commands]) { WorkingDirectory = store.Folder, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{binaries}:{start.Environment["PATH"]}";
        start.Environment["DATABASE_LOCATION"] = $"postgres://{location.Username}:{location.Password}@{Address(location)}/{location.Database}";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.Should().Be(0, await errors);
    }

    // In a location that was parsed from a URL, the host includes the port.
    private static string Address(NpgsqlConnectionStringBuilder location) =>
        location.Host!.Contains(':', StringComparison.Ordinal) ? location.Host : $"{location.Host}:{location.Port}";
}
