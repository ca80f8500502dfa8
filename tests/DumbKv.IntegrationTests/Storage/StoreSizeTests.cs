using System.Net;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>MAX_STORE_BYTES: a store that has grown past it takes no PUT until there is room.</summary>
public sealed class StoreSizeTests(StoreKind kind) : ServerTests(kind)
{
    // An empty store has less on either database.
    protected override (string Name, string Value)[] Settings => [("MAX_STORE_BYTES", "400000")];

    [Test]
    public async Task Past_it_a_set_is_507_and_reads_and_deletes_go_on()
    {
        await FillAsync();

        using var set = await Http.PutKvAsync("""{"key": "new", "value": "v"}""");
        using var overwrite = await Http.PutKvAsync("""{"key": "0", "value": "v", "overwrite": true}""");
        var value = await Http.ValueAsync("0");
        using var delete = await Http.DeleteKvAsync("""{"key": "1"}""");

        set.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await set.DetailAsync()).Should().StartWith("The store has reached the size that its operator has set");
        overwrite.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        value.Should().HaveLength(100_000);
        delete.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Once_there_is_room_it_takes_values_again()
    {
        await FillAsync();
        for (var key = 0; key < 8; key++)
        {
            (await Http.DeleteKvAsync($$"""{"key": "{{key}}"}""")).EnsureSuccessStatusCode();
        }

        if (Store.Kind == StoreKind.Postgres)
        {
            // PostgreSQL gives room back when it vacuums, except for rows that an older transaction may see, also one of
            // another database: other tests hold some open for seconds.
            await Eventually.HoldsAsync(async () =>
            {
                await Store.ExecuteAsync("VACUUM FULL entries");
                return await Store.ExecuteAsync("SELECT pg_total_relation_size('entries')") is < 200_000L;
            });
        }

        await LookAgainUntilAsync(HttpStatusCode.OK);
    }

    /// <summary>In a process of its own: this one has many servers, and OpenTelemetry collects all their meters in each.</summary>
    [Test]
    public async Task The_metrics_tell_its_size_and_its_limit()
    {
        await using var other = await TestStore.CreateAsync(Store.Kind);
        await using var server = await ServerProcess.StartAsync(
            other.Folder, [.. other.Settings.Select(setting => (setting.Key, setting.Value!)), ("MAX_STORE_BYTES", "400000")]);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var metrics = string.Empty;
        while (!Regex.IsMatch(metrics, """dumbkv_store_size_bytes\{[^}]*\} [1-9]\d{4}"""))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
            metrics = await server.Http.GetStringAsync("/metrics", patience.Token);
        }

        metrics.Should().MatchRegex("""dumbkv_store_limit_bytes\{[^}]*\} 400000""");
    }

    private async Task FillAsync()
    {
        for (var key = 0; key < 8; key++)
        {
            // Random: PostgreSQL compresses what repeats itself. Sealed values do not.
            (await Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{new string('x', 100_000)}}"}""")).EnsureSuccessStatusCode();
        }

        await LookAgainUntilAsync(HttpStatusCode.InsufficientStorage);
    }

    /// <summary>The server looks every ten seconds of its clock.</summary>
    private async Task LookAgainUntilAsync(HttpStatusCode expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Http.PutKvAsync("""{"key": "probe", "value": "v", "overwrite": true}""", ifMatch: null)).StatusCode != expected)
        {
            Server.Time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }
}
