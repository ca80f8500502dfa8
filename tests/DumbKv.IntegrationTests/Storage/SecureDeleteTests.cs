using System.Text.Json;
using DumbKv.Application.Entries;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Values that the store no longer has are not in its file. A key that is learned later could decrypt them.</summary>
public sealed class SecureDeleteTests
{
    private const int Window = 24;

    [TestCase("wal")]
    [TestCase("truncate")]
    public async Task Nothing_is_left_of_values_that_were_deleted_replaced_read_once_or_swept(string journal)
    {
        await using var store = await TestStore.CreateAsync();
        List<byte[]> gone;
        List<byte[]> kept;
        await using (var server = await TestServer.StartAsync(store, ("SQLITE_JOURNAL", journal)))
        {
            string[] kinds = ["deleted", "replaced", "once", "swept", "kept"];
            await ForEachAsync(kinds, (kind, number) => server.Http.PutKvAsync(JsonSerializer.Serialize(new
            {
                key = $"{kind} {number}",
                value = new string('v', LengthOf(number)),
                once = kind == "once",
                ttl = kind == "swept" ? 60 : (int?)null,
            })));
            var before = await SealedAsync(store);

            await ForEachAsync(["deleted"], (kind, number) => server.Http.DeleteKvAsync($$"""{"key": "{{kind}} {{number}}"}"""));
            await ForEachAsync(["once"], (kind, number) => server.Http.PostKvAsync($$"""{"key": "{{kind}} {{number}}"}"""));
            await ForEachAsync(["replaced"], (kind, number) => server.Http.PutKvAsync(JsonSerializer.Serialize(new
            {
                key = $"{kind} {number}",
                value = new string('w', LengthOf(number + 1)),
                overwrite = true,
            })));
            server.Time.Advance(TimeSpan.FromSeconds(61));
            await server.Services.GetRequiredService<SweepExpiredEntriesHandler>().HandleAsync(CancellationToken.None);

            var after = await SealedAsync(store);
            gone = [.. before.Where(pair => !after.TryGetValue(pair.Key, out var now) || !now.AsSpan().SequenceEqual(pair.Value)).Select(pair => pair.Value)];
            kept = [.. after.Values];
        }

        await store.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        var file = await TestStore.ReadFileAsync(store.Location);

        gone.Should().HaveCount(4 * Count);
        kept.Should().HaveCount(3 * Count, "a value that was read leaves a receipt");
        kept.Count(value => IsIn(file, value)).Should().Be(3 * Count, "otherwise the search proves nothing");

        // When SQLite moves rows to another page it can leave a copy behind: 18 of 41,425 values in a run of SQLite alone.
        gone.Count(value => IsIn(file, value)).Should().BeLessThan(Count / 50);
    }

    private static int Count => Rounds.Of(300, 3_000);

    /// <summary>Some values fit in a page, and some need several.</summary>
    private static int LengthOf(int number) => number % 7 == 0 ? 9_000 : 20 + (number * 37 % 900);

    /// <summary>Runs many requests at a time, so that rows of all kinds share pages.</summary>
    private static async Task ForEachAsync(string[] kinds, Func<string, int, Task<HttpResponseMessage>> send) =>
        await Parallel.ForEachAsync(Enumerable.Range(0, Count).SelectMany(number => kinds.Select(kind => (kind, number))), async (item, _) =>
            (await send(item.kind, item.number)).EnsureSuccessStatusCode());

    /// <summary>The sealed values by lookup.</summary>
    private static async Task<Dictionary<string, byte[]>> SealedAsync(TestStore store)
    {
        await using var connection = new SqliteConnection($"Data Source={store.Location};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT lookup, sealed FROM entries";
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<string, byte[]>();
        while (await reader.ReadAsync())
        {
            rows.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)), reader.GetFieldValue<byte[]>(1));
        }

        return rows;
    }

    /// <summary>Searches for the beginning or the end of the value, because only one of them may be left.</summary>
    private static bool IsIn(byte[] file, byte[] value) =>
        file.AsSpan().IndexOf(value.AsSpan(0, Window)) >= 0 || file.AsSpan().IndexOf(value.AsSpan(value.Length - Window)) >= 0;
}
