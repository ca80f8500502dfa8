using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace DumbKv.ReliabilityTests;

/// <summary>Records the writes to a store and their responses, and checks that every acknowledged write is there.</summary>
internal sealed class Ledger
{
    // Several ledgers can use one store, one after another.
    private readonly string _id = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
    private int _next;
    private readonly ConcurrentDictionary<string, bool> _attempted = [];
    private readonly ConcurrentQueue<string> _acknowledged = [];
    private readonly ConcurrentDictionary<HttpStatusCode, int> _statuses = [];

    /// <summary>Keys whose set was answered 200.</summary>
    public string[] Acknowledged => [.. _acknowledged];

    public int Count => _acknowledged.Count;

    /// <summary>The number of responses of each status.</summary>
    public IReadOnlyDictionary<HttpStatusCode, int> Statuses => _statuses;

    /// <summary>Requests without a response.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Sets new keys, each once, until cancelled.</summary>
    /// <param name="http">The server.</param>
    /// <param name="writers">The number of concurrent writers.</param>
    /// <param name="enough">Ends the load after the requests in progress.</param>
    /// <param name="pause">The pause of each writer between two requests.</param>
    public async Task WriteAsync(HttpClient http, int writers, CancellationToken enough, TimeSpan pause = default) =>
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(() => WriteAsync(http, pause, enough), CancellationToken.None)));

    /// <summary>A value that is unique to the key, and that differs from each part of it.</summary>
    public static string ValueOf(string key) => string.Concat(Enumerable.Repeat(key, 20));

    /// <summary>Reads all keys. Acknowledged keys must be there, and all values that are there must be complete.</summary>
    public async Task<Verdict> VerifyAsync(HttpClient http, IEnumerable<string>? keys = null)
    {
        int lost = 0, torn = 0;
        var acknowledged = Acknowledged.ToHashSet();
        await Parallel.ForEachAsync(keys ?? _attempted.Keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) =>
        {
            using var response = await http.PostKvAsync(JsonSerializer.Serialize(new { key }));
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                Interlocked.Add(ref lost, acknowledged.Contains(key) ? 1 : 0);
                return;
            }

            response.StatusCode.Should().Be(HttpStatusCode.OK);
            using var answer = JsonDocument.Parse(await response.TextAsync());
            Interlocked.Add(ref torn, answer.RootElement.GetProperty("value").GetString() == ValueOf(key) ? 0 : 1);
        });

        return new Verdict(Count, lost, torn);
    }

    private async Task WriteAsync(HttpClient http, TimeSpan pause, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var key = $"{_id}-{Interlocked.Increment(ref _next)}";
            _attempted[key] = true;
            try
            {
                using var response = await http.PutKvAsync(JsonSerializer.Serialize(new { key, value = ValueOf(key) }));
                _statuses.AddOrUpdate(response.StatusCode, 1, (_, count) => count + 1);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    _acknowledged.Enqueue(key);
                    await Task.Delay(pause, CancellationToken.None);
                    continue;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                Unanswered++;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None); // A client waits too before it tries again.
        }
    }
}

/// <param name="Acknowledged">Writes that were answered 200.</param>
/// <param name="Lost">Acknowledged writes that are gone.</param>
/// <param name="Torn">Keys with a value other than the one that was set.</param>
internal sealed record Verdict(int Acknowledged, int Lost, int Torn);
