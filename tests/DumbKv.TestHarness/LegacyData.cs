using System.Net;
using System.Text.Json;

namespace DumbKv.TestHarness;

/// <summary>What the original server left behind: 200 entries in SQLite, the first 60 of them in PostgreSQL.</summary>
public static class LegacyData
{
    public static string SqliteFile => Path.Combine(AppContext.BaseDirectory, "Data", "original.db");

    public static IReadOnlyList<OriginalEntry> Entries { get; } = JsonSerializer.Deserialize<OriginalEntry[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "original.json")), JsonSerializerOptions.Web)!;

    /// <summary>Puts it where <paramref name="store"/> is, and says which entries these are.</summary>
    public static async Task<IReadOnlyList<OriginalEntry>> PutIntoAsync(TestStore store)
    {
        if (store.Kind == StoreKind.Sqlite)
        {
            File.Copy(SqliteFile, store.Location);
            if (!OperatingSystem.IsWindows())
            {
                // A store that other users may read makes the server and its commands warn.
                File.SetUnixFileMode(store.Location, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return Entries;
        }

        // pg_dump's own commands for psql begin with a backslash, and its search path would outlive it in a pool.
        var dump = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Data", "original-postgres.sql"));
        await store.ExecuteAsync(string.Join('\n', dump.Where(line => !line.StartsWith('\\') && !line.Contains("search_path", StringComparison.Ordinal))));
        return [.. Entries.Take(60)];
    }

    /// <summary>Each value reads back over HTTP with its key.</summary>
    public static async Task ShouldAllReadBackAsync(HttpClient http, IEnumerable<OriginalEntry> entries)
    {
        foreach (var entry in entries)
        {
            using var response = await http.PostKvAsync(JsonSerializer.Serialize(new { database = entry.Database, key = entry.Key }));
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            using var answer = JsonDocument.Parse(await response.TextAsync());
            (answer.RootElement.GetProperty("value").GetString() == entry.Value).Should().BeTrue("an entry reads back as the original had it");
        }
    }

    /// <summary>Nothing in the folder holds a byte of the original's tokens.</summary>
    public static async Task ShouldHaveLeftNothingInAsync(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            (await TestStore.ReadFileAsync(file)).AsSpan().IndexOf("gAAAA"u8).Should().Be(-1, "{0} should hold no token", Path.GetFileName(file));
        }
    }
}

public sealed class OriginalEntry
{
    public required int Database { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }
}
