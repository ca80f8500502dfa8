using System.Collections.Concurrent;
using System.Net;

namespace DumbKv.ReliabilityTests;

/// <summary>Servers are killed while clients read read-once values.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class ReceiptKillTests(StoreKind kind)
{
    private const int Keys = 200;
    private const int Readers = 16;

    [Test]
    public async Task A_kill_leaves_the_value_or_its_receipt_never_both_and_never_neither()
    {
        var rounds = Rounds.Of(2, 100);
        var outcomes = new ConcurrentDictionary<string, int>();
        await using var store = await TestStore.CreateAsync(kind);

        for (var round = 0; round < rounds; round++)
        {
            var read = new ConcurrentDictionary<int, bool>();
            await using (var server = await StartAsync(store))
            {
                await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => SetAsync(server.Http, key)));
                var next = -1;
                var load = Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(async () =>
                {
                    while (Interlocked.Increment(ref next) is var key && key < Keys)
                    {
                        if (await TryReadAsync(server.Http, key) is not { } status)
                        {
                            return;
                        }

                        status.Should().Be(HttpStatusCode.OK);
                        read[key] = true;
                    }
                })));
                var moment = 20 + (round * 37 % 120);
                await Eventually.HoldsAsync(() => read.Count >= moment);
                await server.KillAsync();
                await load;
            }

            await using var again = await StartAsync(store);
            await Parallel.ForEachAsync(Enumerable.Range(0, Keys), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) =>
            {
                var status = await TryReadAsync(again.Http, key);
                var later = await TryReadAsync(again.Http, key);

                status.Should().BeOneOf(read.ContainsKey(key) ? [HttpStatusCode.Gone] : [HttpStatusCode.Gone, HttpStatusCode.OK]);
                later.Should().Be(HttpStatusCode.Gone, "a value that was returned is never returned again");
                outcomes.AddOrUpdate(read.ContainsKey(key) ? "returned" : status == HttpStatusCode.OK ? "not read" : "read, and the answer lost", 1, (_, count) => count + 1);
            });
        }

        TestContext.Out.WriteLine($"{kind}, {rounds} kills: {string.Join(", ", outcomes.Select(pair => $"{pair.Value} {pair.Key}"))}");
        outcomes.Keys.Should().Contain(["returned", "not read"]);
    }

    private static async Task SetAsync(HttpClient http, int key)
    {
        using var set = await http.PutKvAsync($$"""{"key": "{{key}}", "value": "v", "once": true}""");
        set.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    /// <summary>Null if the server was killed before it answered.</summary>
    private static async Task<HttpStatusCode?> TryReadAsync(HttpClient http, int key)
    {
        try
        {
            using var response = await http.PostKvAsync($$"""{"key": "{{key}}"}""");
            return response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private static Task<ServerProcess> StartAsync(TestStore store) =>
        ServerProcess.StartAsync(store.Folder, [.. store.Settings.Select(setting => (setting.Key, setting.Value!))]);
}
