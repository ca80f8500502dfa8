using System.Net;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>MAX_STORE_BYTES: a larger store refuses values until there is space.</summary>
public sealed class StoreSizeTests(StoreKind kind) : ServerTests(kind)
{
    // An empty store is smaller on both databases.
    protected override (string Name, string Value)[] Settings => [("MAX_STORE_BYTES", "400000")];

    [Test]
    public async Task Over_the_limit_a_set_is_507_and_reads_and_deletes_still_work()
    {
        await Http.PutKvAsync("""{"key": "once", "value": "v", "once": true}""");
        await FillAsync();

        using var set = await Http.PutKvAsync("""{"key": "new", "value": "v"}""");
        using var overwrite = await Http.PutKvAsync("""{"key": "0", "value": "v", "overwrite": true}""");
        var value = await Http.ValueAsync("0");
        using var delete = await Http.DeleteKvAsync("""{"key": "1"}""");

        set.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        (await set.DetailAsync()).Should().StartWith("The store has reached its size limit");
        overwrite.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        value.Should().HaveLength(100_000);
        delete.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("once")).Should().Be("v");
        using var again = await Http.PostKvAsync("""{"key": "once"}""");
        again.StatusCode.Should().Be(HttpStatusCode.Gone, "the receipt was written");
    }

    [Test]
    public async Task A_store_with_space_again_accepts_values_again()
    {
        await FillAsync();
        for (var key = 0; key < 8; key++)
        {
            (await Http.DeleteKvAsync($$"""{"key": "{{key}}"}""")).EnsureSuccessStatusCode();
        }

        if (Store.Kind == StoreKind.Postgres)
        {
            // PostgreSQL frees space when it vacuums, except for rows that an older transaction can see, even one in another database.
            // Other tests keep such transactions open for seconds.
            await Eventually.HoldsAsync(async () =>
            {
                await Store.ExecuteAsync("VACUUM FULL entries");
                return await Store.ExecuteAsync("SELECT pg_total_relation_size('entries')") is < 200_000L;
            });
        }

        await LookAgainUntilAsync(HttpStatusCode.OK);
    }

    /// <summary>Uses a separate process: this one has many servers, and OpenTelemetry collects the meters of all of them in each.</summary>
    [Test]
    public async Task The_metrics_show_the_size_and_the_limit()
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
            // PostgreSQL would compress a repetitive value, but sealed values are random.
            (await Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{new string('x', 100_000)}}"}""")).EnsureSuccessStatusCode();
        }

        await LookAgainUntilAsync(HttpStatusCode.InsufficientStorage);
    }

    /// <summary>The server measures every ten seconds of its clock.</summary>
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
