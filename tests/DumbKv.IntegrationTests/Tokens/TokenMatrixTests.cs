using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>Every right, every operation, every way to ask for it, in a database that the token is for and in another one.</summary>
[TestFixture("write")]
[TestFixture("all")]
public sealed class TokenMatrixTests(string required)
{
    private const int Inside = 7;
    private const int Outside = 70;
    private const string Range = "0-9";

    private static readonly TestToken Owner = TestToken.Make("owner", "\"read\", \"write\"");
    private static readonly TestToken Stranger = TestToken.Make("stranger", "\"read\", \"write\"");

    /// <summary>The token, or null for none, whether it may read and write, and whether it is for all databases.</summary>
    private static readonly (string Name, TestToken? Token, bool Reads, bool Writes, bool Everywhere, bool IsValid)[] Callers =
    [
        ("no token", null, false, false, false, false),
        ("an unknown token", Stranger, true, true, true, false),
        ("an expired token", TestToken.Make("expired", "\"read\", \"write\"", expires: "2030-01-31T12:00:00Z"), true, true, true, false),
        ("a reader", TestToken.Make("reader", "\"read\""), true, false, true, true),
        ("a writer", TestToken.Make("writer", "\"write\"", expires: "2031-01-31T12:00:00Z"), false, true, true, true),
        ("a reader and writer", TestToken.Make("both", "\"write\", \"read\""), true, true, true, true),
        ("a reader of some databases", TestToken.Make("reader-0-9", "\"read\"", Range), true, false, false, true),
        ("a writer of some databases", TestToken.Make("writer-0-9", "\"write\"", Range), false, true, false, true),
        ("a reader and writer of some databases", TestToken.Make("both-0-9", "\"read\", \"write\"", Range), true, true, false, true),
        ("a token of WRITE_TOKENS", TestToken.Make("unnamed", "\"write\""), false, true, true, true),
    ];

    private static readonly (string Name, bool Writes, Func<HttpClient, Call, Task<HttpResponseMessage>> SendAsync)[] Operations =
    [
        ("get", false, (http, call) => JsonAsync(http, HttpMethod.Post, call)),
        ("get for bytes", false, (http, call) => JsonAsync(http, HttpMethod.Post, call, accept: "application/octet-stream")),
        ("peek", false, (http, call) => JsonAsync(http, HttpMethod.Post, call, """, "peek": true""")),
        ("set", true, (http, call) => JsonAsync(http, HttpMethod.Put, call, """, "value": "other", "overwrite": true""")),
        ("set as a form", true, MultipartAsync),
        ("delete", true, (http, call) => JsonAsync(http, HttpMethod.Delete, call)),
        ("get on the page", false, (http, call) => PageAsync(http, call, "get")),
        ("show on the page", false, (http, call) => PageAsync(http, call, "show")),
        ("an unknown button of the page", false, (http, call) => PageAsync(http, call, "x")),
        ("set on the page", true, (http, call) => PageAsync(http, call, "set")),
        ("delete on the page", true, (http, call) => PageAsync(http, call, "delete")),
    ];

    private static readonly (string Method, string Token, string Status)[] RefusedEarly =
    [
        ("PUT", "reader", "403 Forbidden"),
        ("DELETE", "reader", "403 Forbidden"),
        ("PUT", "expired", "401 Unauthorized"),
        ("PUT", "stranger", "401 Unauthorized"),
        ("POST", "writer", "403 Forbidden"),
        ("POST", "expired", "401 Unauthorized"),
    ];

    private TestStore _store = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        var file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(file, [Owner, .. Callers.Select(caller => caller.Token).OfType<TestToken>().Except([Stranger, Callers[^1].Token!])]);
        _server = await TestServer.StartAsync(_store, ("TOKENS_FILE", file), ("REQUIRE_TOKEN", required), ("WRITE_TOKENS", Callers[^1].Token!.Hash));
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task Each_operation_is_allowed_or_refused_and_a_refused_one_has_no_effect()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var caller in Callers)
        {
            foreach (var operation in Operations)
            {
                foreach (var database in new[] { Inside, Outside })
                {
                    var call = new Call($"key {count++}", database, caller.Token?.Token);
                    await SetAsOwnerAsync(call);
                    var expected = !operation.Writes && required == "write" ? 200
                        : !caller.IsValid ? 401
                        : operation.Writes ? (caller.Writes ? 200 : 403)
                        : caller.Reads ? 200
                        : 403;
                    var isChecked = operation.Writes || required == "all";
                    expected = expected == 200 && isChecked && !caller.Everywhere && database == Outside ? 403 : expected;

                    expected = expected == 200 && operation.Name.StartsWith("an unknown button", StringComparison.Ordinal) ? 400 : expected;
                    using var response = await operation.SendAsync(_server.Http, call);
                    var fault = await FaultOfAsync(response, expected, operation.Name);
                    using var left = await JsonAsync(_server.Http, HttpMethod.Post, call with { Token = Owner.Token }, """, "peek": true""");
                    if (expected != 200 && (left.StatusCode != HttpStatusCode.OK || !(await left.TextAsync()).Contains("\"size\":5", StringComparison.Ordinal)))
                    {
                        fault += "the value is not there any more";
                    }

                    if (fault.Length > 0)
                    {
                        wrong.Add($"{operation.Name} by {caller.Name} in database {database}: {fault}");
                    }
                }
            }
        }

        count.Should().Be(Callers.Length * Operations.Length * 2);
        wrong.Should().BeEmpty();
    }

    /// <summary>Ranges have no negative numbers, so only a token for all databases is for those.</summary>
    [Test]
    public async Task A_negative_database_is_only_for_a_token_of_all_databases()
    {
        var some = Callers.Single(caller => caller.Token?.Name == "both-0-9").Token!;

        using var refused = await JsonAsync(_server.Http, HttpMethod.Put, new Call("k", -1, some.Token), """, "value": "v" """);
        using var allowed = await JsonAsync(_server.Http, HttpMethod.Put, new Call("k", -1, Owner.Token), """, "value": "v" """);

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        allowed.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_token_without_the_right_is_refused_before_the_body_is_sent()
    {
        foreach (var (method, name, status) in RefusedEarly.Where(call => call.Method != "POST" || required == "all"))
        {
            var token = Callers.Single(caller => caller.Token?.Name == name).Token!.Token;

            var answer = await Wire.SendAsync(
                _server.Http.BaseAddress!, $"{method} /kv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n");

            Encoding.ASCII.GetString(answer).Should().StartWith($"HTTP/1.1 {status}", "{0} by {1}", method, name);
        }
    }

    [Test]
    public async Task The_pages_ask_for_a_token_for_what_needs_one()
    {
        var page = await _server.Http.GetStringAsync("/");
        var send = await _server.Http.GetStringAsync("/send");

        page.Should().Contain(required == "all" ? "for Get, Set and Delete" : "for Set and Delete").And.Contain($"data-needs-token=\"{(required == "all" ? "true" : "false")}\"");
        send.Should().Contain("""<label for="token">Token</label>""");
        send.Contains("The recipient needs a token of this server too.", StringComparison.Ordinal).Should().Be(required == "all");
    }

    [Test]
    public async Task A_question_of_the_page_keeps_the_token_and_is_asked_only_with_one()
    {
        var call = new Call("asked", Inside, Owner.Token);
        await SetAsOwnerAsync(call);

        using var asked = await PageAsync(_server.Http, call, "delete", confirmed: false);
        using var refused = await PageAsync(_server.Http, call with { Token = null }, "delete", confirmed: false);

        asked.StatusCode.Should().Be(HttpStatusCode.OK);
        (await asked.TextAsync()).Should().Contain($"""name="token" value="{Owner.Token}">""");
        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    private async Task SetAsOwnerAsync(Call call)
    {
        using var response = await JsonAsync(_server.Http, HttpMethod.Put, call with { Token = Owner.Token }, """, "value": "value", "overwrite": true, "once": true""");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static async Task<string> FaultOfAsync(HttpResponseMessage response, int expected, string operation)
    {
        if ((int)response.StatusCode != expected)
        {
            return $"{(int)response.StatusCode} instead of {expected}. ";
        }

        if (response.Headers.WwwAuthenticate.Count != (expected == 401 ? 1 : 0))
        {
            return "WWW-Authenticate is wrong. ";
        }

        if (expected is 200 or 400)
        {
            return "";
        }

        var text = await response.TextAsync();
        if (operation.EndsWith("page", StringComparison.Ordinal))
        {
            return text.Contains("id=\"token-error\">This ", StringComparison.Ordinal) ? "" : "The page does not say why. ";
        }

        using var problem = JsonDocument.Parse(text);
        return response.Content.Headers.ContentType!.MediaType == "application/problem+json" && problem.RootElement.GetProperty("detail").GetString()!.StartsWith("This ", StringComparison.Ordinal)
            ? "" : "The problem does not say why. ";
    }

    private static async Task<HttpResponseMessage> JsonAsync(HttpClient http, HttpMethod method, Call call, string more = "", string? accept = null)
    {
        using var request = new HttpRequestMessage(method, "/kv")
        {
            Content = new StringContent($$"""{"database": {{call.Database}}, "key": "{{call.Key}}"{{more}}}""", Encoding.UTF8, "application/json"),
        };
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await SendAsync(http, request, call);
    }

    private static async Task<HttpResponseMessage> MultipartAsync(HttpClient http, Call call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv");
        string[] parts = [Part("database", $"{call.Database}"), Part("key", call.Key), Part("value", "other"), Part("overwrite", "true"), "--b--\r\n"];
        request.Content = new StringContent(string.Concat(parts), Encoding.UTF8);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        return await SendAsync(http, request, call);
    }

    private static string Part(string name, string text) => $"--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n";

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, Call call)
    {
        request.Headers.Authorization = call.Token is null ? null : new AuthenticationHeaderValue("Bearer", call.Token);
        return await http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> PageAsync(HttpClient http, Call call, string action, bool confirmed = true)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["action"] = action,
            ["database"] = $"{call.Database}",
            ["key"] = call.Key,
            ["value"] = "other",
            ["confirmed"] = confirmed ? "yes" : "",
            ["token"] = call.Token ?? "",
        });
        return await http.PostAsync("/", form);
    }

    private sealed record Call(string Key, int Database, string? Token);
}
