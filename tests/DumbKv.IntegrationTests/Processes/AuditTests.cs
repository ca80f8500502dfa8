using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>AUDIT_LOG: a line for each write, delete and refused request, without keys and values.</summary>
public sealed class AuditTests
{
    private static readonly (string Token, string Hash) Writer = AccessToken.Make();

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("text")]
    [TestCase("json")]
    public async Task Each_write_delete_and_refusal_is_a_line_of_JSON(string format)
    {
        await using var server = await ServerProcess.StartAsync(
            _store.Folder, ("AUDIT_LOG", "stdout"), ("LOG_FORMAT", format), ("WRITE_TOKENS", Writer.Hash), ("MISSES_PER_MINUTE", "1"));
        var http = server.Http;

        await http.PutKvAsync("""{"key": "secret-key", "value": "secret-value"}""");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Writer.Token);
        await http.PutKvAsync("""{"key": "secret-key", "value": "secret-value"}""");
        await http.PutKvAsync("""{"key": "secret-key", "value": "secret-value"}""");
        await http.PutKvAsync("""{"key": "secret-key", "value": 1}""");
        await http.PostKvAsync("""{"key": "secret-key"}""");
        await http.PostKvAsync("""{"key": "other"}""");
        await http.PostKvAsync("""{"key": "other"}""");
        await http.DeleteKvAsync("""{"key": "secret-key"}""");
        await FormAsync(http, "set", confirmed: false);
        await FormAsync(http, "delete", confirmed: false);
        await FormAsync(http, "delete", confirmed: true);
        await server.StopAsync();

        var lines = AuditLines(server);
        var mark = Writer.Hash[..8];
        lines.Select(line => (Text(line, "operation"), Text(line, "outcome"), Text(line, "token"))).Should().Equal(
            ("set", "no_token", null),
            ("set", "done", mark),
            ("set", "exists", mark),
            ("set", "malformed", mark),
            ("get", "limited", mark),
            ("delete", "done", mark),
            ("set", "done", mark),
            ("delete", "done", mark));
        lines.Select(line => Text(line, "client")).Should().AllBe("127.0.0.1");
        Text(lines[1], "entry").Should().MatchRegex("^[0-9a-f]{16}$").And.Be(Text(lines[2], "entry")).And.Be(Text(lines[5], "entry"));
        DateTimeOffset.Parse(Text(lines[1], "audit")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(2));
        server.Output.Should().NotContain("secret-").And.NotContain(Writer.Token).And.NotContain(Writer.Hash);
    }

    [TestCaseSource(typeof(Stores), nameof(Stores.All))]
    public async Task With_AUDIT_READS_each_read_and_peek_is_a_line_too(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(
            store.Folder,
            [
                .. store.Settings.Select(setting => (setting.Key, setting.Value!)),
                ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"), ("WRITE_TOKENS", Writer.Hash), ("MISSES_PER_MINUTE", "1"),
            ]);
        var http = server.Http;

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Writer.Token);
        await http.PutKvAsync("""{"key": "secret-key", "value": "secret-value", "once": true}""");
        await http.PostKvAsync("""{"key": "secret-key", "peek": true}""");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret-unknown-token");
        await http.PostKvAsync("""{"key": "secret-key"}""");
        http.DefaultRequestHeaders.Authorization = null;
        await http.PostKvAsync("""{"key": "secret-key", "peek": true}""");
        await http.PostKvAsync("""{"key": "secret-key", "peek": 1}""");
        await FormAsync(http, "get", confirmed: false);
        await http.PostKvAsync("""{"key": "secret-key", "peek": true}""");
        await server.StopAsync();

        var lines = AuditLines(server);
        var mark = Writer.Hash[..8];
        lines.Select(line => (Text(line, "operation"), Text(line, "outcome"), line.GetProperty("status").GetInt32(), Text(line, "token"))).Should().Equal(
            ("set", "done", 200, mark),
            ("peek", "done", 200, mark),
            ("get", "done", 200, null),
            ("peek", "already_read", 410, null),
            ("get", "malformed", 400, null),
            ("get", "missing", 404, mark),
            ("peek", "limited", 429, null));
        Text(lines[0], "entry").Should().MatchRegex("^[0-9a-f]{16}$");
        lines.Take(4).Select(line => Text(line, "entry")).Should().AllBe(Text(lines[0], "entry"));
        server.Output.Should().NotContain("secret-").And.NotContain(Writer.Token).And.NotContain(Writer.Hash);
    }

    [Test]
    public async Task A_token_of_the_file_is_named_in_the_audit_log_and_in_the_metrics()
    {
        var reader = TestToken.Make("reader", "\"read\"", "0-9");
        var expired = TestToken.Make("expired", "\"write\"", expires: "2020-01-01T00:00:00Z");
        var unknown = TestToken.Make("unknown", "\"write\"");
        var file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(file, reader, expired);
        await using var server = await ServerProcess.StartAsync(
            _store.Folder, ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"), ("TOKENS_FILE", file), ("REQUIRE_TOKEN", "all"), ("WRITE_TOKENS", Writer.Hash));
        var http = server.Http;

        foreach (var token in new[] { null, unknown.Token, expired.Token, reader.Token, Writer.Token })
        {
            http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            await http.PutKvAsync("""{"key": "secret-key", "value": "secret-value"}""");
        }

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", reader.Token);
        await http.PostKvAsync("""{"key": "secret-key"}""");
        await http.PostKvAsync("""{"key": "secret-key", "database": 10, "peek": true}""");
        await FormAsync(http, "get", confirmed: false);
        await FormAsync(http, "delete", confirmed: true);
        var metrics = await http.GetStringAsync("/metrics");
        await server.StopAsync();

        AuditLines(server).Select(line => (Text(line, "operation"), Text(line, "outcome"), line.GetProperty("status").GetInt32(), Text(line, "token"))).Should().Equal(
            ("set", "no_token", 401, null),
            ("set", "unknown_token", 401, unknown.Hash[..8]),
            ("set", "expired_token", 401, "expired"),
            ("set", "forbidden", 403, "reader"),
            ("set", "done", 200, Writer.Hash[..8]),
            ("get", "done", 200, "reader"),
            ("peek", "forbidden", 403, "reader"),
            ("get", "forbidden", 403, Writer.Hash[..8]),
            ("delete", "done", 200, Writer.Hash[..8]));
        var counted = metrics.Split('\n').Where(line => line.StartsWith("dumbkv_token_requests_total{", StringComparison.Ordinal))
            .Select(line => string.Join(' ', Regex.Matches(line, "(?<=(token|outcome)=\")[^\"]+").Select(match => match.Value)) + " " + line.Split(' ')[1]);
        var mark = Writer.Hash[..8];
        counted.Should().BeEquivalentTo(
            "no_token 1", "unknown_token 1", "expired_token expired 1", "forbidden reader 2", "accepted reader 1", $"accepted {mark} 2", $"forbidden {mark} 1");
        foreach (var token in new[] { reader, expired, unknown })
        {
            (server.Output + metrics).Should().NotContain(token.Token).And.NotContain(token.Hash);
        }

        server.Output.Should().NotContain("secret-");
    }

    [Test]
    public async Task A_form_is_a_set_and_a_get_for_bytes_is_a_get_in_the_audit_log_and_in_the_metrics()
    {
        const string Form = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nsecret-key\r\n--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nsecret-value\r\n--b--\r\n";
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"));

        await server.Http.PutFormAsync(Form);
        await server.Http.PutFormAsync(Form);
        await server.Http.PutFormAsync(Form[..^10]);
        await server.Http.PostKvForBytesAsync("""{"key": "secret-key"}""");
        var metrics = await server.Http.GetStringAsync("/metrics");
        await server.StopAsync();

        var lines = AuditLines(server);
        lines.Select(line => (Text(line, "operation"), Text(line, "outcome"))).Should().Equal(("set", "done"), ("set", "exists"), ("set", "malformed"), ("get", "done"));
        Text(lines[0], "entry").Should().NotBeNull().And.Be(Text(lines[3], "entry"));
        server.Output.Should().NotContain("secret-");
        metrics.Should().MatchRegex("""dumbkv_operations_total\{[^}]*operation="set",outcome="stored"\} 1""")
            .And.MatchRegex("""dumbkv_operations_total\{[^}]*operation="get",outcome="found"\} 1""");
    }

    [TestCase("put", "/kv", "set")]
    [TestCase("pUT", "/KV/", "set")]
    [TestCase("delete", "/kv", "delete")]
    public async Task No_spelling_of_a_request_escapes_the_audit_log(string method, string path, string operation)
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("AUDIT_LOG", "stdout"));

        // Sent over a socket, because an HTTP client would correct the method.
        using var socket = new TcpClient("127.0.0.1", server.Http.BaseAddress!.Port);
        var body = operation == "set" ? """{"key":"k","value":"v"}""" : """{"key":"k"}""";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        var answer = await new StreamReader(socket.GetStream()).ReadToEndAsync();
        await server.StopAsync();

        answer.Should().StartWith("HTTP/1.1 200");
        server.Output.Should().Contain($"\"operation\":\"{operation}\",\"outcome\":\"done\"");
    }

    [TestCase("PUT", "application/json", """{"key":"k","value":""", "set")]
    [TestCase("PUT", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk", "set")]
    [TestCase("DELETE", "application/json", """{"key":"k""", "delete")]
    [TestCase("POST", "application/json", """{"key":"k""", "get")]
    public async Task A_request_whose_body_is_cut_off_is_not_done(string method, string type, string body, string operation)
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("AUDIT_LOG", "stdout"), ("AUDIT_READS", "true"));
        await server.Http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""");

        var announced = body.Length + 10;
        foreach (var rest in new[] { $"Content-Length: {announced}\r\n\r\n{body}", $"Transfer-Encoding: chunked\r\n\r\n{announced:x}\r\n{body}" })
        {
            using var socket = new TcpClient("127.0.0.1", server.Http.BaseAddress!.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{method} /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{rest}"));
        }

        await Eventually.HoldsAsync(() => AuditLines(server).Count == 3);
        (await server.Http.ValueAsync("k")).Should().Be("v");
        await server.StopAsync();
        AuditLines(server)[1..3].Select(line => (Text(line, "operation"), Text(line, "outcome"), line.GetProperty("status").GetInt32()))
            .Should().AllBeEquivalentTo((operation, "caller_gone", 499));
    }

    [TestCase("PATCH", "localhost", "other", "wrong_method", 405)]
    [TestCase("PUT", "evil.example", "set", "wrong_host", 400)]
    public async Task A_request_that_is_refused_before_its_body_is_read_is_a_line_with_the_reason(string method, string host, string operation, string outcome, int status)
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("AUDIT_LOG", "stdout"), ("ALLOWED_HOSTS", "localhost"));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/kv")
        {
            Headers = { Host = host },
            Content = new StringContent("""{"key": "k", "value": "v"}""", Encoding.UTF8, "application/json"),
        };

        using var response = await server.Http.SendAsync(request);
        await server.StopAsync();

        server.Output.Should().Contain($"\"operation\":\"{operation}\",\"outcome\":\"{outcome}\",\"status\":{status},");
    }

    [Test]
    public async Task An_IPv4_client_is_shown_as_IPv4_if_the_server_listens_on_all_addresses()
    {
        var port = LocalPostgres.FreePort();
        await using var server = ServerProcess.Launch(_store.Folder, [new("AUDIT_LOG", "stdout"), new("ASPNETCORE_URLS", $"http://*:{port}")]);
        await server.WaitForOutputAsync("The store is ready");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        await http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await server.StopAsync();

        server.Output.Should().Contain("\"client\":\"127.0.0.1\"").And.NotContain("::ffff:");
    }

    [Test]
    public async Task It_is_off_by_default()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("LOG_LEVEL", "Trace"));

        await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        await server.StopAsync();

        server.Output.Should().NotContain("\"audit\"").And.NotContain("DumbKv.Audit");
    }

    [Test]
    public async Task A_request_that_fails_in_the_store_names_its_row_too()
    {
        await using var server = await ServerProcess.StartAsync(_store.Folder, ("AUDIT_LOG", "stdout"), ("MAX_STORE_BYTES", "1"));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await server.Http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""")).StatusCode != HttpStatusCode.InsufficientStorage)
        {
            await Task.Delay(20, patience.Token);
        }

        await server.StopAsync();

        server.Output.Should().MatchRegex(""""outcome":"full","status":507,"entry":"[0-9a-f]{16}"""");
    }

    private static List<JsonElement> AuditLines(ServerProcess server) =>
        [.. server.Output.Split('\n').Where(line => line.StartsWith("{\"audit\":", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Text(JsonElement line, string member) => line.GetProperty(member).GetString();

    private static async Task FormAsync(HttpClient http, string action, bool confirmed)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["action"] = action,
            ["database"] = "0",
            ["key"] = "secret-form-key",
            ["value"] = "secret-value",
            ["confirmed"] = confirmed ? "yes" : "",
            ["token"] = Writer.Token,
        });
        using var response = await http.PostAsync("/", form);
    }
}
