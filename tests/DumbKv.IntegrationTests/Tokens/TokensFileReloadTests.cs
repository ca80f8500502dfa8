using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>TOKENS_FILE is read again when it changes. While it cannot be used, the tokens stay as they were.</summary>
public sealed class TokensFileReloadTests
{
    private readonly TestToken _first = TestToken.Make("first", "\"write\"");
    private readonly TestToken _second = TestToken.Make("second", "\"write\"");

    private TestStore _store = null!;
    private TestServer? _server;
    private string _file = null!;

    [SetUp]
    public async Task CreateStore()
    {
        _store = await TestStore.CreateAsync();
        _file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(_file, _first);
    }

    [TearDown]
    public async Task DeleteStore()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_file_that_is_replaced_takes_effect()
    {
        await StartAsync();

        TestToken.Write(_file, _second);

        await EventuallyAsync(_second, HttpStatusCode.OK);
        (await SetAsync(_first)).Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_file_that_is_written_in_place_takes_effect_even_with_the_same_size_and_time()
    {
        await StartAsync();
        var time = File.GetLastWriteTimeUtc(_file);

        await File.WriteAllTextAsync(_file, TestToken.FileOf(_first with { Entry = _first.Entry.Replace(_first.Hash, _second.Hash, StringComparison.Ordinal) }));
        File.SetLastWriteTimeUtc(_file, time);

        await EventuallyAsync(_second, HttpStatusCode.OK);
        (await SetAsync(_first)).Should().Be(HttpStatusCode.Unauthorized);
    }

    /// <summary>Kubernetes mounts a Secret as links to a folder, and switches the link to the folder.</summary>
    [Test]
    public async Task A_link_that_is_switched_takes_effect()
    {
        var mount = Directory.CreateDirectory(Path.Combine(_store.Folder, "mount")).FullName;
        foreach (var (name, token) in new[] { ("..2026_1", _first), ("..2026_2", _second) })
        {
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(mount, name)).FullName, "tokens.json"), TestToken.FileOf(token));
        }

        File.CreateSymbolicLink(Path.Combine(mount, "..data"), "..2026_1");
        _file = Path.Combine(mount, "tokens.json");
        File.CreateSymbolicLink(_file, "..data/tokens.json");
        await StartAsync();
        (await SetAsync(_first)).Should().Be(HttpStatusCode.OK);

        File.CreateSymbolicLink(Path.Combine(mount, "..data_tmp"), "..2026_2");
        await RunAsync("mv", "-T", Path.Combine(mount, "..data_tmp"), Path.Combine(mount, "..data"));

        await EventuallyAsync(_second, HttpStatusCode.OK);
        (await SetAsync(_first)).Should().Be(HttpStatusCode.Unauthorized);
    }

    [TestCase("removed")]
    [TestCase("empty")]
    [TestCase("half")]
    [TestCase("directory")]
    [TestCase("pipe")]
    [TestCase("loop")]
    [TestCase("large")]
    [TestCase("unknown field")]
    public async Task A_file_that_cannot_be_used_changes_nothing_and_the_next_good_one_does(string fault)
    {
        await StartAsync();
        File.Delete(_file);
        switch (fault)
        {
            case "empty":
                await File.WriteAllTextAsync(_file, "");
                break;
            case "half":
                await File.WriteAllTextAsync(_file, TestToken.FileOf(_second)[..100]);
                break;
            case "directory":
                Directory.CreateDirectory(_file);
                break;
            case "pipe":
                await RunAsync("mkfifo", _file);
                break;
            case "loop":
                File.CreateSymbolicLink(_file, _file);
                break;
            case "large":
                await File.WriteAllTextAsync(_file, TestToken.FileOf(_second) + new string(' ', 1_048_576));
                break;
            case "unknown field":
                await File.WriteAllTextAsync(_file, TestToken.FileOf(_second).Replace("\"may\"", "\"mat\"", StringComparison.Ordinal));
                break;
        }

        for (var poll = 0; poll < 3; poll++)
        {
            await PollAsync();
            (await SetAsync(_first)).Should().Be(HttpStatusCode.OK);
            (await SetAsync(_second)).Should().Be(HttpStatusCode.Unauthorized);
            (await SetAsync(null)).Should().Be(HttpStatusCode.Unauthorized);
        }

        if (fault == "directory")
        {
            Directory.Delete(_file);
        }

        TestToken.Write(_file, _second);
        await EventuallyAsync(_second, HttpStatusCode.OK);
        (await SetAsync(_first)).Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_list_without_tokens_refuses_every_write_and_does_not_open_the_server()
    {
        await StartAsync();

        await File.WriteAllTextAsync(_file, "[]");

        await EventuallyAsync(_first, HttpStatusCode.Unauthorized);
        (await SetAsync(null)).Should().Be(HttpStatusCode.Unauthorized);
        (await _server!.Http.GetStringAsync("/")).Should().Contain("""name="token" """);
    }

    [Test]
    public async Task A_server_that_starts_with_a_list_without_tokens_refuses_every_write()
    {
        await File.WriteAllTextAsync(_file, "[]");

        await StartAsync();

        (await SetAsync(_first)).Should().Be(HttpStatusCode.Unauthorized);
        (await SetAsync(null)).Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_token_is_refused_from_its_last_second_on()
    {
        var token = TestToken.Make("short", "\"write\"", expires: "2030-01-31T12:00:10Z");
        TestToken.Write(_file, token);
        await StartAsync();

        _server!.Time.SetUtcNow(new DateTimeOffset(2030, 1, 31, 12, 0, 9, 999, TimeSpan.Zero));
        (await SetAsync(token)).Should().Be(HttpStatusCode.OK);
        _server.Time.SetUtcNow(new DateTimeOffset(2030, 1, 31, 12, 0, 10, TimeSpan.Zero));

        using var refused = await SendAsync(token);
        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        refused.Headers.WwwAuthenticate.Should().ContainSingle();
        (await refused.DetailAsync()).Should().Be("This token has expired. Ask the operator of this server for a new one.");
    }

    /// <summary>A slow body must not keep a token alive.</summary>
    [Test]
    public async Task A_token_that_is_revoked_while_the_body_arrives_is_refused()
    {
        await StartAsync();
        const string Body = """{"key": "slow", "value": "v"}""";
        using var client = new System.Net.Sockets.TcpClient("127.0.0.1", _server!.Http.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /kv HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {_first.Token}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body[..5]}"));

        TestToken.Write(_file, _second);
        await EventuallyAsync(_second, HttpStatusCode.OK);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Body[5..]));

        (await new StreamReader(stream).ReadToEndAsync()).Should().StartWith("HTTP/1.1 401 ");
    }

    [Test]
    public void Every_hash_is_compared_in_constant_time_and_the_loop_does_not_end_early()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "src", "DumbKv.Web", "Tokens", "TokenStore.cs"));

        var loop = source[source.IndexOf("foreach", StringComparison.Ordinal)..source.IndexOf("return found", StringComparison.Ordinal)];
        loop.Should().Contain("CryptographicOperations.FixedTimeEquals").And.NotContain("break").And.NotContain("return").And.NotContain("&&");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
    }

    private async Task StartAsync() => _server = await TestServer.StartAsync(_store, ("TOKENS_FILE", _file));

    /// <summary>Waits until the server has read the file once more: it has the time of the test.</summary>
    private async Task PollAsync()
    {
        for (var tick = 0; tick < 3; tick++)
        {
            _server!.Time.Advance(TimeSpan.FromMilliseconds(700));
            await Task.Delay(10);
        }
    }

    private Task<TimeSpan> EventuallyAsync(TestToken token, HttpStatusCode status) => Eventually.HoldsAsync(async () =>
    {
        await PollAsync();
        return await SetAsync(token) == status;
    });

    private async Task<HttpStatusCode> SetAsync(TestToken? token)
    {
        using var response = await SendAsync(token);
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(TestToken? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv")
        {
            Content = new StringContent("""{"key": "k", "value": "v", "overwrite": true}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token.Token);
        return await _server!.Http.SendAsync(request);
    }
}
