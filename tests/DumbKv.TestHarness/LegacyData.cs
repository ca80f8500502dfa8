using System.Net;
using System.Text.Json;

namespace DumbKv.TestHarness;

/// <summary>Data of the original server: 200 entries in SQLite, the first 60 of them in PostgreSQL.</summary>
public static class LegacyData
{
    public static string SqliteFile => Path.Combine(AppContext.BaseDirectory, "Data", "original.db");

    public static IReadOnlyList<OriginalEntry> Entries { get; } = JsonSerializer.Deserialize<OriginalEntry[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "original.json")), JsonSerializerOptions.Web)!;

    /// <summary>Puts the data into the database of <paramref name="store"/>, and returns the entries.</summary>
    public static async Task<IReadOnlyList<OriginalEntry>> PutIntoAsync(TestStore store)
    {
        if (store.Kind == StoreKind.Sqlite)
        {
            File.Copy(SqliteFile, store.Location);
            if (!OperatingSystem.IsWindows())
            {
                // The server and its commands would warn about a store that other users can read.
                File.SetUnixFileMode(store.Location, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return Entries;
        }

        // pg_dump's commands for psql begin with a backslash. Its search path would stay set on a pooled connection.
        var dump = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Data", "original-postgres.sql"));
        await store.ExecuteAsync(string.Join('\n', dump.Where(line => !line.StartsWith('\\') && !line.Contains("search_path", StringComparison.Ordinal))));
        return [.. Entries.Take(60)];
    }

    /// <summary>Checks that each value reads back over HTTP with its key.</summary>
    public static async Task ShouldAllReadBackAsync(HttpClient http, IEnumerable<OriginalEntry> entries)
    {
        foreach (var entry in entries)
        {
            using var response = await http.PostKvAsync(JsonSerializer.Serialize(new { database = entry.Database, key = entry.Key }));
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            using var answer = JsonDocument.Parse(await response.TextAsync());
            (answer.RootElement.GetProperty("value").GetString() == entry.Value).Should().BeTrue("an entry should read back as in the original");
        }
    }

    /// <summary>Checks that no file in the folder contains a byte of the original's tokens.</summary>
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
