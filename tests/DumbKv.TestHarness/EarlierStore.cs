using System.Text.Json;

namespace DumbKv.TestHarness;

/// <summary>A store that the previous version wrote, with schema 2: see Data/README.md.</summary>
public static class EarlierStore
{
    public const string Pepper = "MDEyMzQ1Njc4OWFiY2RlZg==";

    public static async Task PutIntoAsync(TestStore store, bool withPepper = false)
    {
        var name = Path.Combine(AppContext.BaseDirectory, "Data", withPepper ? "schema-2-pepper" : "schema-2");
        if (store.Kind == StoreKind.Sqlite)
        {
            File.Copy(name + ".db", store.Location);
            return;
        }

        await store.ExecuteAsync(await File.ReadAllTextAsync(name + "-postgres.sql"));
    }

    /// <summary>Checks that each value reads back over HTTP. This deletes the read-once value.</summary>
    public static async Task ShouldReadBackAsync(HttpClient http)
    {
        (await http.ValueAsync("a plain key")).Should().Be("a plain value");
        (await http.ValueAsync("once")).Should().Be("read once");
        using var bytes = await http.PostKvAsync("""{"database": 7, "key": "bytes"}""");
        using var answer = JsonDocument.Parse(await bytes.TextAsync());
        answer.RootElement.GetProperty("value").GetString().Should().Be("AP8=");
    }
}
