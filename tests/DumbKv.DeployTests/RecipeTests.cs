using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.DeployTests;

/// <summary>Sends the requests that the External Secrets Operator makes from deploy/k8s/recipes to a real server.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class RecipeTests
{
    private const string Key = "a \"key\" with\nlines";

    private DirectoryInfo _folder = null!;
    private TestToken _reader = null!;
    private TestToken _writer = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        _reader = TestToken.Make("external-secrets", "\"read\"", "0");
        _writer = TestToken.Make("push", "\"write\"", "0");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "tokens.json"), TestToken.FileOf(_reader, _writer));
        _server = await ServerProcess.StartAsync(_folder.FullName, ("TOKENS_FILE", "tokens.json"), ("REQUIRE_TOKEN", "all"), ("MISSES_PER_MINUTE", "2"));
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task A_pushed_value_is_replaced_by_each_push_and_read_again()
    {
        foreach (var value in new[] { "first", "second \"quoted\"" })
        {
            (await PushAsync(value)).StatusCode.Should().Be(HttpStatusCode.OK);
            using var read = await ReadAsync(Key);
            read.StatusCode.Should().Be(HttpStatusCode.OK);
            ((string?)JsonNode.Parse(await read.Content.ReadAsStringAsync())!["value"]).Should().Be(value, "the store reads $.value");
        }
    }

    [Test]
    public async Task A_missing_value_is_404_and_uses_up_only_the_limit_of_the_token()
    {
        (await PushAsync("v")).StatusCode.Should().Be(HttpStatusCode.OK);
        var other = TestToken.Make("other", "\"read\"", "0");
        TestToken.Write(Path.Combine(_folder.FullName, "tokens.json"), _reader, _writer, other);

        var statuses = new List<HttpStatusCode>();
        for (var count = 0; count < 3; count++)
        {
            statuses.Add((await ReadAsync("none")).StatusCode);
        }

        statuses.Should().Equal(HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.TooManyRequests);
        (await ReadAsync(Key)).StatusCode.Should().Be(HttpStatusCode.TooManyRequests, "the limit is that of the token, for all its values");
        await Eventually.HoldsAsync(async () => (await ReadAsync(Key, other)).StatusCode == HttpStatusCode.OK, seconds: 10);
    }

    [Test]
    public async Task A_delete_without_a_body_is_refused_so_the_recipe_does_not_ask_for_one()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/kv");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _writer.Token);

        (await _server.Http.SendAsync(request)).IsSuccessStatusCode.Should().BeFalse();

        Recipe("push-secret.yaml").Should().Contain("deletionPolicy: None\n");
        Recipe("external-secret.yaml").Should().Contain("deletionPolicy: Retain\n", "a 404 can be an expired value or a wrong key");
    }

    [Test]
    public void Keys_are_named_and_not_contained()
    {
        foreach (var (file, secret) in new[] { ("external-secret.yaml", "reader"), ("push-secret.yaml", "writer") })
        {
            Recipe(file).Should().Contain($"index .{secret} .remoteRef.").And.Contain($"name: dumbkv-{secret}\n");
        }

        Recipe("dkv-run.yaml").Should().Contain("- --key-file\n").And.NotContain("DKV_KEY");
    }

    private Task<HttpResponseMessage> ReadAsync(string key, TestToken? token = null) => SendAsync("external-secret.yaml", new()
    {
        [".reader.token"] = (token ?? _reader).Token,
        ["index .reader .remoteRef.key | toJson"] = JsonSerializer.Serialize(key),
    });

    private Task<HttpResponseMessage> PushAsync(string value) => SendAsync("push-secret.yaml", new()
    {
        [".writer.token"] = _writer.Token,
        ["index .writer .remoteRef.remoteKey | toJson"] = JsonSerializer.Serialize(Key),
        ["index .remoteRef .remoteRef.remoteKey | toJson"] = JsonSerializer.Serialize(value),
    });

    /// <summary>Sends the request of the recipe's SecretStore, with these values of the expressions in its templates.</summary>
    private async Task<HttpResponseMessage> SendAsync(string file, Dictionary<string, string> values)
    {
        var webhook = Manifests.Parse(Recipe(file))[0]["spec"]!["provider"]!["webhook"]!;
        using var request = new HttpRequestMessage(new HttpMethod((string)webhook["method"]!), new Uri((string)webhook["url"]!).AbsolutePath)
        {
            Content = new StringContent(Rendered("body"), Encoding.UTF8, (string)webhook["headers"]!["Content-Type"]!),
        };
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(Expression().Replace((string)webhook["headers"]!["Authorization"]!, match => values[match.Groups[1].Value]));
        return await _server.Http.SendAsync(request);

        string Rendered(string field) => Expression().Replace((string)webhook[field]!, match => values[match.Groups[1].Value]);
    }

    private static string Recipe(string file) => File.ReadAllText(Path.Combine(Manifests.Folder, "recipes", file));

    [GeneratedRegex(@"\{\{ (.*?) \}\}")]
    private static partial Regex Expression();
}
