using System.Globalization;
using System.Text.Json;

namespace DumbKv.TestHarness;

/// <summary>A store that an earlier version wrote: see Data/README.md.</summary>
public static class EarlierStore
{
    public const string Pepper = "MDEyMzQ1Njc4OWFiY2RlZg==";

    /// <summary>The schema of the version before the store key.</summary>
    public const int Newest = 3;

    private const int EntriesOfOriginal = 8;

    public static async Task PutIntoAsync(TestStore store, bool withPepper = false, int schema = Newest)
    {
        var name = Path.Combine(AppContext.BaseDirectory, "Data", string.Create(CultureInfo.InvariantCulture, $"schema-{schema}{(withPepper ? "-pepper" : string.Empty)}"));
        if (store.Kind == StoreKind.Sqlite)
        {
            File.Copy(name + ".db", store.Location);
            return;
        }

        await store.ExecuteAsync(await File.ReadAllTextAsync(name + "-postgres.sql"));
    }

    /// <summary>Checks that each value reads back over HTTP. This deletes the read-once value.</summary>
    public static async Task ShouldReadBackAsync(HttpClient http, int schema = Newest)
    {
        (await http.ValueAsync("a plain key")).Should().Be("a plain value");
        (await http.ValueAsync("once")).Should().Be("read once");
        using var bytes = await http.PostKvAsync("""{"database": 7, "key": "bytes"}""");
        using var answer = JsonDocument.Parse(await bytes.TextAsync());
        answer.RootElement.GetProperty("value").GetString().Should().Be("AP8=");
        if (schema == Newest)
        {
            await LegacyData.ShouldAllReadBackAsync(http, LegacyData.Entries.Take(EntriesOfOriginal));
        }
    }
}
