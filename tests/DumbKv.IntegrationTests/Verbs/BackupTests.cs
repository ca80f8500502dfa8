using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Verbs;

/// <summary><c>dumbkv backup</c>, and the documented way back.</summary>
public sealed class BackupTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task Under_write_load_it_holds_every_write_answered_before_it_began()
    {
        var file = Path.Combine(_store.Folder, "backup.db");
        string[] before;

        await using (var server = await ServerProcess.StartAsync(_store.Folder))
        {
            var answered = new ConcurrentQueue<string>();
            using var enough = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 8).Select(writer => WriteAsync(server.Http, writer, answered, enough.Token)).ToArray();
            await UntilAsync(() => answered.Count >= 500);

            before = [.. answered];
            var run = await VerbRun.OnAsync(_store, "backup", "backup.db");
            var after = answered.Count;
            await enough.CancelAsync();
            await Task.WhenAll(writers);

            run.ExitCode.Should().Be(0, run.Output);
            run.Output.Should().Contain("Backed up").And.Contain("checked.");
            after.Should().BeGreaterThan(before.Length, "writes went on");
            await server.StopAsync();
        }

        // The documented steps.
        File.Move(file, _store.Location, overwrite: true);
        File.Delete(_store.Location + "-wal");
        File.Delete(_store.Location + "-shm");

        await using var restored = await ServerProcess.StartAsync(_store.Folder);
        foreach (var key in before)
        {
            (await restored.Http.ValueAsync(key)).Should().Be($"of {key}");
        }
    }

    [Test]
    public async Task It_replaces_nothing()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var file = Path.Combine(_store.Folder, "mine.txt");
        await File.WriteAllTextAsync(file, "mine");

        var run = await VerbRun.OnAsync(_store, "backup", file);

        run.Should().Be(new VerbRun(1, $"{file} exists. Name a file that does not, for a backup replaces nothing."));
        (await File.ReadAllTextAsync(file)).Should().Be("mine");
    }

    [Test]
    public async Task A_folder_that_is_not_there_is_an_error_in_one_line()
    {
        await using (await TestServer.StartAsync(_store))
        {
        }

        var run = await VerbRun.OnAsync(_store, "backup", Path.Combine(_store.Folder, "no", "where.db"));

        run.ExitCode.Should().Be(1);
        run.Output.Should().NotContain("\n").And.Contain("where.db");
    }

    [Test]
    public async Task Of_PostgreSQL_its_own_tools_make_one()
    {
        var run = await VerbRun.WithAsync(_store, [("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", "postgres://u:p@127.0.0.1:1/d")], "backup", "b.db");

        run.ExitCode.Should().Be(2);
        run.Output.Should().Contain("pg_dump");
    }

    private static async Task WriteAsync(HttpClient http, int writer, ConcurrentQueue<string> answered, CancellationToken enough)
    {
        for (var count = 0; !enough.IsCancellationRequested; count++)
        {
            var key = $"{writer}/{count}";
            using var set = await http.PutKvAsync(JsonSerializer.Serialize(new { key, value = $"of {key}" }));
            set.StatusCode.Should().Be(HttpStatusCode.OK);
            answered.Enqueue(key);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }
}
