using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The recipes of docs/api.md and the commands of the page at /docs, run word for word.</summary>
public sealed partial class RecipeTests(StoreKind kind) : ServerTests(kind)
{
    private const string Key = "canary-key";
    private const string Value = "canary-value\nof two lines";

    private static readonly (string Token, string Hash) Writer = AccessToken.Make();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-recipe-");
    private int _runs;

    [SetUp]
    public void WriteFiles()
    {
        Write("key.txt", Key);
        Write("secret.txt", Value);
        Write("token-header.txt", $"Authorization: Bearer {Writer.Token}\n");
        File.WriteAllBytes(Path.Combine(_folder.FullName, "logo.png"), [0, 255, 1, 254, 10, 13]);
    }

    [TearDown]
    public void DeleteFiles() => _folder.Delete(recursive: true);

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task A_secret_is_set_peeked_at_and_read_once()
    {
        var run = await RunAsync("Set and get a secret");

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Be($$"""{"status":"success"}{"expires_at":"2030-01-31T13:00:00.000Z","once":true,"size":{{Value.Length}}}""");
        Read("copy.txt").Should().Be(Value);
        var key = Read("key.txt");
        Convert.FromBase64String(key).Should().HaveCount(32);
        File.GetUnixFileMode(Path.Combine(_folder.FullName, "copy.txt")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        run.Traced.Should().NotContain(key);
    }

    [Test]
    public async Task A_refused_read_ends_with_22_and_writes_no_value()
    {
        var run = await RunAsync("Set and get a secret", script => script[script.LastIndexOf("jq -n", StringComparison.Ordinal)..]);

        run.ExitCode.Should().Be(22);
        run.Errors.Should().Contain("404");
        Read("copy.txt").Should().BeEmpty();
    }

    [TestCase(Key)]
    [TestCase($"  {Key} ")]
    public async Task A_typed_key_reads_its_value(string key)
    {
        await Http.PutKvAsync($$"""{"key": "{{key}}", "value": "v"}""");

        var run = await RunAsync("Type a key", input: $"{key}\n");

        run.ExitCode.Should().Be(0);
        run.Output.Should().Be("v");
    }

    [Test]
    public async Task A_file_of_bytes_is_returned_unchanged()
    {
        var run = await RunAsync("Set and get a file of bytes");

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Be("""{"status":"success"}""");
        (await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "copy.png"))).Should().Equal(0, 255, 1, 254, 10, 13);
        using var read = await Http.PostKvAsync($$"""{"key": "{{Key}}"}""");
        (await read.TextAsync()).Should().Be("""{"value":"AP8B/goN","encoding":"base64"}""");
    }

    [Test]
    public async Task A_refused_read_of_a_file_leaves_no_file()
    {
        var run = await RunAsync("Set and get a file of bytes", script => script[script.IndexOf("jq -n", StringComparison.Ordinal)..]);

        run.ExitCode.Should().Be(22);
        run.Errors.Should().Contain("404");
        File.Exists(Path.Combine(_folder.FullName, "copy.png")).Should().BeFalse();
    }

    [Test]
    public async Task A_file_that_cannot_be_read_stores_nothing()
    {
        File.Delete(Path.Combine(_folder.FullName, "logo.png"));

        await RunAsync("Set and get a file of bytes");

        using var read = await Http.PostKvAsync($$"""{"key": "{{Key}}"}""");
        read.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_token_is_read_from_its_file()
    {
        await using var store = await TestStore.CreateAsync(Store.Kind);
        await using var server = await TestServer.StartAsync(store, ("WRITE_TOKENS", Writer.Hash));

        var run = await RunAsync("Write with a token", server: server);
        var refused = await RunAsync("Write with a token", script => script.Replace("--header @token-header.txt", "", StringComparison.Ordinal), server: server);

        run.ExitCode.Should().Be(0);
        (await server.Http.ValueAsync(Key)).Should().Be(Value);
        refused.ExitCode.Should().Be(22);
        refused.Output.Should().Contain("This server requires a token");
    }

    [Test]
    public async Task A_lock_is_taken_by_one_and_released()
    {
        var first = await RunAsync("A lock");
        var released = await Http.PostKvAsync($$"""{"key": "{{Key}}"}""");
        await Http.PutKvAsync($$"""{"key": "{{Key}}", "value": "another client's", "ttl": 600}""");
        var second = await RunAsync("A lock");
        Server.Time.Advance(TimeSpan.FromSeconds(600));
        var third = await RunAsync("A lock");

        first.Output.Should().Be("working\n");
        first.ExitCode.Should().Be(0);
        ((int)released.StatusCode).Should().Be(404);
        second.Output.Should().Be("not locked\n");
        second.Errors.Should().Contain("409");
        third.Output.Should().Be("working\n", "the lock of the other client has expired");
    }

    [Test]
    public async Task A_lock_that_expired_and_was_taken_by_another_client_is_not_released()
    {
        await Http.PutKvAsync($$"""{"key": "{{Key}}", "value": "another client's"}""");

        var run = await RunAsync("A lock", script => script.Split("\nif ")[0] + "\nunlock key.txt '\"AAAAAAAAAAAAAAAA\"'");

        run.ExitCode.Should().Be(22);
        run.Errors.Should().Contain("412");
        (await Http.ValueAsync(Key)).Should().Be("another client's");
    }

    [Test]
    public async Task A_counter_that_several_clients_increment_counts_each_of_them()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RunAsync("A counter", script => $"{script}\nincrement key.txt")));

        runs.Should().OnlyContain(run => run.ExitCode == 0 && run.Errors.Length == 0);
        runs.SelectMany(run => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Should().BeEquivalentTo("1", "2", "3", "4", "5", "6");
        (await Http.ValueAsync(Key)).Should().Be("6");
    }

    [Test]
    public async Task A_counter_stops_at_any_other_refusal()
    {
        await Http.PutKvAsync($$"""{"key": "{{Key}}", "value": "1"}""");
        await Store.ExecuteAsync("UPDATE entries SET flags = 2");

        var run = await RunAsync("A counter");

        run.ExitCode.Should().Be(22);
        run.Errors.Should().Contain("500");
    }

    [TestCase("a[$(touch executed)]")]
    [TestCase("canary password")]
    [TestCase("name")]
    [TestCase("")]
    [TestCase("08x")]
    [TestCase("1\n2")]
    [TestCase("1\n")]
    [TestCase("-1")]
    [TestCase("1234567890123456")]
    public async Task A_counter_refuses_and_keeps_a_value_that_is_not_a_number(string value)
    {
        await Http.PutKvAsync(JsonSerializer.Serialize(new { key = Key, value }));

        var run = await RunAsync("A counter");

        run.ExitCode.Should().Be(5);
        run.Errors.Should().Contain("The value is not a number").And.NotContain("canary");
        run.Output.Should().BeEmpty();
        (await Http.ValueAsync(Key)).Should().Be(value);
        File.Exists(Path.Combine(_folder.FullName, "executed")).Should().BeFalse();
    }

    [TestCase("007", "8")]
    [TestCase("09", "10")]
    [TestCase("999999999999999", "1000000000000000")]
    public async Task A_counter_reads_decimal_digits(string value, string next)
    {
        await Http.PutKvAsync(JsonSerializer.Serialize(new { key = Key, value }));

        var run = await RunAsync("A counter");

        run.Output.Should().Be($"{next}\n");
        (await Http.ValueAsync(Key)).Should().Be(next);
    }

    /// <summary>A proxy in front of the server redirects http to https.</summary>
    [TestCase("Set and get a secret")]
    [TestCase("Type a key")]
    [TestCase("Set and get a file of bytes")]
    [TestCase("Write with a token")]
    [TestCase("A lock")]
    [TestCase("A counter")]
    public async Task A_redirect_is_a_failure_and_is_not_followed(string recipe)
    {
        await using var proxy = await RedirectingServer.StartAsync(Http.BaseAddress!);

        var run = await RunAsync(recipe, input: Key, address: proxy.Address);

        if (recipe == "A lock")
        {
            run.Output.Should().Be("not locked\n");
        }
        else
        {
            run.ExitCode.Should().Be(47);
        }

        run.Errors.Should().Contain("redirects");
        proxy.Requests.Should().BePositive();
        using var read = await Http.PostKvAsync($$"""{"key": "{{Key}}"}""");
        read.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Test]
    public async Task The_commands_of_the_docs_page_do_what_their_labels_say()
    {
        var page = JsonNode.Parse(await Http.GetStringAsync("/openapi.json"))!["paths"]!["/kv"]!;
        var commands = page.AsObject().SelectMany(operation => operation.Value!["x-codeSamples"]!.AsArray())
            .ToDictionary(sample => sample!["label"]!.GetValue<string>(), sample => sample!["source"]!.GetValue<string>());

        var set = await RunScriptAsync(commands["Store a text"]);
        var get = await RunScriptAsync(commands["Read a value"]);
        await RunScriptAsync(commands["Store a file"]);
        await RunScriptAsync(commands["Read the bytes of a value into a file"]);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "copy.png"));
        var deleted = await RunScriptAsync(commands["Delete a value"]);
        using var missing = await Http.PostKvAsync($$"""{"key": "{{Key}}"}""");

        commands.Should().HaveCount(5);
        set.Output.Should().Be("""{"status":"success"}""");
        JsonNode.Parse(get.Output)!["value"]!.GetValue<string>().Should().Be(Value);
        bytes.Should().Equal(0, 255, 1, 254, 10, 13);
        deleted.Output.Should().Be("""{"status":"success"}""");
        missing.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Test]
    public void Every_recipe_has_a_test()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "api.md"));
        var tests = File.ReadAllText(Path.Combine(Repository.Root, "tests", "DumbKv.IntegrationTests", "Http", "RecipeTests.cs"));

        var recipes = Heading().Matches(page.Split("\n## Recipes\n")[1].Split("\n## ")[0]).Select(heading => heading.Groups["title"].Value).ToList();

        recipes.Should().HaveCountGreaterThan(5);
        recipes.Should().OnlyContain(recipe => tests.Contains($"RunAsync(\"{recipe}\"", StringComparison.Ordinal));
    }

    private Task<Run> RunAsync(string recipe, Func<string, string>? edit = null, string input = "", TestServer? server = null, Uri? address = null)
    {
        var commands = Documents.CommandsOf("docs/api.md", recipe).Single();
        return RunScriptAsync(
            $"{Documents.CommandsOf("docs/api.md", "Recipes").Single()}\n{edit?.Invoke(commands) ?? commands}", input, address ?? server?.Http.BaseAddress);
    }

    /// <summary>Runs a script under strace, which records the arguments and the environment of every process that it starts.</summary>
    private async Task<Run> RunScriptAsync(string script, string input = "", Uri? address = null)
    {
        var number = Interlocked.Increment(ref _runs);
        Write($"{number}.sh", script.Replace("http://localhost:8000/", $"{address ?? Http.BaseAddress}", StringComparison.Ordinal));

        using var process = Process.Start(new ProcessStartInfo("strace", ["-f", "-v", "-s", "65536", "-e", "trace=execve", "-o", $"{number}.trace", "bash", $"{number}.sh"])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();

        var traced = Read($"{number}.trace");
        traced.Should().Contain("\"curl\"");
        traced.Should().NotContain("canary").And.NotContain(Writer.Token);
        return new Run(process.ExitCode, await output, await errors, traced);
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder.FullName, file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder.FullName, file));

    [GeneratedRegex(@"^### (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    private sealed class RedirectingServer : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private int _requests;

        private RedirectingServer()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            _app = builder.Build();
        }

        public Uri Address => new(_app.Urls.Single() + "/");

        public int Requests => _requests;

        public static async Task<RedirectingServer> StartAsync(Uri target)
        {
            var server = new RedirectingServer();
            server._app.Urls.Add("http://127.0.0.1:0");
            server._app.Run(http =>
            {
                Interlocked.Increment(ref server._requests);
                http.Response.Redirect(new Uri(target, http.Request.Path.Value).ToString(), permanent: true, preserveMethod: true);
                return Task.CompletedTask;
            });
            await server._app.StartAsync();
            return server;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }

    private sealed record Run(int ExitCode, string Output, string Errors, string Traced);
}
