using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A key and a value sent through every call, good and bad, are nowhere to be found afterwards but in the answer to a read.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class CanaryTests(StoreKind kind)
{
    private TestStore _store = null!;
    private readonly string _key = "key-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
    private readonly string _value = "value-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(12));

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync(kind);

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("text")]
    [TestCase("json")]
    public async Task No_key_and_no_value_is_left_in_logs_metrics_problems_or_the_database(string logFormat)
    {
        await using var server = await ServerProcess.StartAsync(
            _store.Folder, ("LOG_LEVEL", "Trace"), ("LOG_FORMAT", logFormat), ("DATABASE_TYPE", $"{kind}"), ("DATABASE_LOCATION", _store.Location));
        var set = JsonSerializer.Serialize(new { key = _key, value = _value });
        var name = JsonSerializer.Serialize(new { key = _key });

        // Good calls. The answer to a read is the one place where the value belongs.
        using var stored = await server.Http.PutKvAsync(set);
        (await server.Http.ValueAsync(_key)).Should().Be(_value);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["action"] = "set", ["database"] = "1", ["key"] = _key, ["value"] = _value });
        using var page = await server.Http.PostAsync("/", form);
        page.EnsureSuccessStatusCode();

        // Bad calls: their answers are searched too.
        var answers = new List<HttpResponseMessage>
        {
            stored,
            await server.Http.PutKvAsync(set),
            await server.Http.PutKvAsync(set, ifMatch: "\"AAAAAAAAAAAAAAAA\""),
            await server.Http.PutKvAsync(set, ifMatch: _key),
            await server.Http.PutKvAsync($$$"""{"key": "{{{_key}}}", "value": {"{{{_value}}}": 1}}"""),
            await server.Http.PutKvAsync($$"""{"{{_key}}": "{{_value}}"}"""),
            await server.Http.PutKvAsync($$"""{"key": "{{_key}}", "value": "{{_value}}"""),
            await server.Http.PutKvAsync($$"""{"key": "{{_key}}", "value": "{{_value}}", "encoding": "{{_value}}"}"""),
            await server.Http.PutKvAsync($$"""{"database": "{{_key}}", "key": "{{_key}}", "value": "{{_value}}"}"""),
            await server.Http.PutKvAsync($$"""{"key": "{{_key}}", "value": "{{_value}}{{new string('x', 1_100_000)}}"}"""),
            await server.Http.PostKvAsync($$"""{"database": 2, "key": "{{_key}}"}"""),
            await server.Http.PostAsync("/kv", new StringContent(set, Encoding.UTF8, "text/plain")),
            await server.Http.GetAsync($"/kv?key={_key}&value={_value}"),
            await server.Http.GetAsync($"/kv/{_key}"),
            await server.Http.GetAsync($"/{_key}?{_value}"),
            await server.Http.SendKvAsync(new HttpMethod(_key), set),
            await server.Http.DeleteKvAsync(name),
            await server.Http.DeleteKvAsync(name, ifMatch: "*"),
            await server.Http.PostKvAsync(name),
            await server.Http.GetAsync("/metrics"),
        };

        // A second value stays, so that the database has something to leak.
        await server.Http.PutKvAsync(set);
        await server.StopAsync();

        foreach (var answer in answers)
        {
            ShouldHoldNoCanary($"{answer.StatusCode} {answer.Headers}{await answer.TextAsync()}", "an answer");
        }

        ShouldHoldNoCanary(server.Output, "the log");
        foreach (var file in Directory.EnumerateFiles(_store.Folder))
        {
            ShouldHoldNoCanary(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), Path.GetFileName(file));
        }
    }

    private void ShouldHoldNoCanary(string haystack, string where)
    {
        foreach (var canary in new[] { _key, _value })
        {
            var bytes = Encoding.UTF8.GetBytes(canary);
            string[] forms =
            [
                canary,
                Convert.ToHexString(bytes),
                Convert.ToHexStringLower(bytes),
                Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(canary)),
                // What is common to the base64 of the canary wherever it starts in a longer text.
                Convert.ToBase64String(bytes)[..24],
                Convert.ToBase64String([0, .. bytes])[4..24],
                Convert.ToBase64String([0, 0, .. bytes])[4..24],
                Convert.ToHexStringLower(SHA256.HashData(bytes))[..32],
            ];

            // No assertion that prints what it looked for.
            Assert.That(forms.Any(form => haystack.Contains(form, StringComparison.OrdinalIgnoreCase)), Is.False, $"{where} holds a canary");
        }
    }
}
