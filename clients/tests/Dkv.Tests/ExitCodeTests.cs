using System.Text.Json;

namespace DumbKv.CommandLine.Tests;

public sealed class ExitCodeTests
{
    [Test]
    public async Task Nothing_there_is_3()
    {
        var key = await Dkv.NewKeyAsync();

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Failed(3);
        (await Dkv.RunAsync(["peek", "--json"], null, ("DKV_KEY", key))).Failed(3);
        (await Dkv.RunAsync(["run", "--", "true"], null, ("DKV_KEY", key))).Failed(3);
        (await Dkv.RunAsync(["rm"], null, ("DKV_KEY", key))).Succeeded();
    }

    [Test]
    public async Task A_value_that_exists_is_4_and_is_kept()
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set"], "first"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        (await Dkv.RunAsync(["set"], "second"u8.ToArray(), ("DKV_KEY", key))).Failed(4).Error.Should().Contain("--overwrite");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Text.Should().Be("first");
        (await Dkv.RunAsync(["set", "--overwrite"], "third"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Text.Should().Be("third");
    }

    [Test]
    public async Task A_condition_that_is_not_met_is_4()
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", "--if-match", "*"], "none yet"u8.ToArray(), ("DKV_KEY", key))).Failed(4);
        var first = Member(await Dkv.RunAsync(["set", "--json"], "first"u8.ToArray(), ("DKV_KEY", key)), "etag");

        (await Dkv.RunAsync(["set", "--if-match", first], "second"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["set", "--if-match", first], "third"u8.ToArray(), ("DKV_KEY", key))).Failed(4);
        (await Dkv.RunAsync(["rm", "--if-match", first], null, ("DKV_KEY", key))).Failed(4);

        var second = Member(await Dkv.RunAsync(["get", "--json"], null, ("DKV_KEY", key)), "etag");
        (await Dkv.RunAsync(["rm", "--if-match", second.Trim('"')], null, ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["set", "--if-match", "W/\"x\""], null, ("DKV_KEY", key))).Failed(2).Error.Should().Contain("--if-match");
    }

    [Test]
    public async Task A_read_once_value_is_read_once_and_then_7_with_the_time()
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", "--once"], "value"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["peek"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Contain("Read once: yes");

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Failed(7).Error.Should().MatchRegex(@"read at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d");
        (await Dkv.RunAsync(["peek"], null, ("DKV_KEY", key))).Failed(7);
    }

    [Test]
    public async Task No_server_is_5()
    {
        var run = await Dkv.RunAsync(["get"], null, ("DKV_KEY", await Dkv.NewKeyAsync()), ("DKV_URL", "http://127.0.0.1:1"));

        run.Failed(5).Error.Should().Contain("does not accept connections");
    }

    [TestCase("503 Service Unavailable", 5)]
    [TestCase("429 Too Many Requests", 5)]
    [TestCase("507 Insufficient Storage", 5)]
    [TestCase("403 Forbidden", 6)]
    [TestCase("500 Internal Server Error", 1)]
    [TestCase("302 Found", 1)]
    public async Task A_response_of_the_server_decides_the_exit_code(string status, int exitCode)
    {
        await using var server = CannedServer.Start(
            $"HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nLocation: https://elsewhere.example/\r\nRetry-After: 7\r\nConnection: close\r\n",
            "{\"detail\": \"A sentence \\u001b[31m here.\"}"u8.ToArray());

        var run = await Dkv.RunAsync(["set"], "value"u8.ToArray(), ("DKV_URL", server.Address), ("DKV_KEY", await Dkv.NewKeyAsync()));

        run.Failed(exitCode).Error.Should().NotContain("\u001b", "control characters are harmless");
        run.Error.Contains("wait 7 s", StringComparison.Ordinal).Should().Be(exitCode == 5);
    }

    [Test]
    public async Task A_value_that_was_altered_is_1_and_nothing_of_it_is_written()
    {
        using var folder = new TestFolder();
        await using var server = CannedServer.Start(
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nETag: \"e\"\r\nDumbKV-Encoding: base64\r\n", [1, .. "a value that no key encrypted"u8]);
        (string, string?)[] environment = [("DKV_URL", server.Address), ("DKV_KEY", await Dkv.NewKeyAsync())];

        (await Dkv.RunAsync(["get"], null, environment)).Failed(1).Error.Should().Contain("damaged or altered");
        (await Dkv.RunAsync(["get", "--out", folder.File("out")], null, environment)).Failed(1);

        Directory.GetFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Test]
    public async Task An_answer_of_another_server_is_1()
    {
        await using var server = CannedServer.Start("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n", "<html>"u8.ToArray());

        var run = await Dkv.RunAsync(["get"], null, ("DKV_URL", server.Address), ("DKV_KEY", await Dkv.NewKeyAsync()));

        run.Failed(1).Error.Should().Contain("does not come from a DumbKV server");
    }

    private static string Member(DkvResult run, string name)
    {
        using var json = JsonDocument.Parse(run.Succeeded().Output);
        return json.RootElement.GetProperty(name).GetString()!;
    }
}
