using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DumbKv.SecurityTests;

/// <summary>Valid and invalid requests, each with its own secrets.</summary>
internal sealed class CanaryCalls(WatchedCaller caller, Canaries canaries)
{
    /// <summary>MAX_VALUE_BYTES of the server that receives these requests.</summary>
    public const int MaxValueBytes = 4_096;

    private const string AnotherTag = "\"AAAAAAAAAAAAAAAA\"";

    private int _count;

    public async Task GoodAsync()
    {
        var (key, value) = Pair("good calls");
        var set = Json(key.Dressed, value.Dressed);
        var name = Json(key.Dressed);
        var tag = (await caller.KvAsync(200, "a set", "PUT", set)).ETag;
        (JsonDocument.Parse((await caller.KvAsync(200, "a get", "POST", name)).Body).RootElement.GetProperty("value").GetString() == value.Dressed)
            .Should().BeTrue("the value reads back");
        await caller.KvAsync(200, "If-Match", "PUT", set, ("If-Match", tag));
        await caller.KvAsync(200, "If-Match: *", "PUT", set, ("If-Match", "*"));
        await caller.KvAsync(200, "overwrite", "PUT", Json(key.Dressed, value.Dressed, ", \"overwrite\": true"));
        await caller.KvAsync(409, "a second set", "PUT", set);
        await caller.KvAsync(412, "another version", "PUT", set, ("If-Match", AnotherTag));
        await caller.KvAsync(412, "only a new one", "PUT", set, ("If-None-Match", "*"));
        await caller.KvAsync(412, "a delete of another version", "DELETE", name, ("If-Match", AnotherTag));
        await caller.KvAsync(200, "a delete", "DELETE", name);
        await caller.KvAsync(404, "a get of nothing", "POST", name);
        await caller.KvAsync(200, "a set that stays", "PUT", set, ("If-None-Match", "*"));

        var (onceKey, onceValue) = Pair("once");
        await caller.KvAsync(200, "a set to read once", "PUT", Json(onceKey.Text, onceValue.Text, ", \"once\": true, \"ttl\": 3600, \"database\": 7"));
        (await caller.KvAsync(200, "its peek", "POST", Json(onceKey.Text, more: ", \"database\": 7, \"peek\": true"))).Text.Contains(onceValue.Text, StringComparison.Ordinal)
            .Should().BeFalse("a peek has no value");
        await caller.KvAsync(200, "its read", "POST", Json(onceKey.Text, more: ", \"database\": 7"));
        await caller.KvAsync(410, "its second read", "POST", Json(onceKey.Text, more: ", \"database\": 7"));

        var binaryKey = canaries.Word("the key of bytes");
        var binary = canaries.Random("the value of bytes");
        await caller.KvAsync(200, "a set of bytes", "PUT", Json(binaryKey.Text, Convert.ToBase64String(binary.Bytes), ", \"encoding\": \"base64\""));
        await caller.KvAsync(200, "a get of bytes", "POST", Json(binaryKey.Text));

        var (formKey, formValue) = Pair("a form");
        await caller.SendAsync(200, "a form", "PUT", "/kv", Form(Field("key", formKey.Dressed), Field("value", formValue.Dressed)), FormType);
        await caller.KvAsync(200, "a get of its bytes", "POST", Json(formKey.Dressed), ("Accept", "application/octet-stream"));
        var fileKey = canaries.Word("the key of a file");
        var file = canaries.Random("the value of a file");
        var parts = Form(Field("key", fileKey.Text), Field($"value\"; filename=\"{New("a file name").Text}", Encoding.Latin1.GetString(file.Bytes), Encoding.Latin1), Field("once", "true"));
        await caller.SendAsync(200, "a form with a file", "PUT", "/kv", parts, FormType);
        await caller.SendAsync(409, "the same form again", "PUT", "/kv", parts, FormType);
        await caller.KvAsync(200, "the only get of its bytes", "POST", Json(fileKey.Text), ("Accept", "application/octet-stream"));
        await caller.KvAsync(410, "its second get", "POST", Json(fileKey.Text), ("Accept", "application/octet-stream"));

        var (longKey, longValue) = Pair("the longest");
        await caller.KvAsync(
            200, "the longest key and value", "PUT", Json(string.Concat(Enumerable.Repeat(longKey.Text, 2_730)), string.Concat(Enumerable.Repeat(longValue.Text, 170))));

        var (shortKey, shortValue) = Pair("a second to live");
        await caller.KvAsync(200, "a set for a second", "PUT", Json(shortKey.Text, shortValue.Text, ", \"ttl\": 1"));
    }

    public async Task PageAsync()
    {
        var (key, value) = Pair("the page");
        (string, string)[] form = [("database", "1"), ("key", key.Dressed), ("value", value.Dressed), ("token", caller.Token!)];
        await caller.SendAsync(200, "the page", "GET", "/", null);
        await caller.PageAsync(200, "the page's set", Fields([.. form, ("action", "set")]));
        await caller.PageAsync(409, "the page's second set", Fields([.. form, ("action", "set")]));
        await caller.PageAsync(200, "the page's overwrite", Fields([.. form, ("action", "set"), ("confirmed", "yes"), ("ttl", "3600")]));
        await caller.PageAsync(200, "the page's get", Fields([.. form, ("action", "get")]));
        await caller.PageAsync(200, "the page's question", Fields([.. form, ("action", "delete")]));
        await caller.PageAsync(200, "the page's delete", Fields([.. form, ("action", "delete"), ("confirmed", "yes")]));
        await caller.PageAsync(404, "the page's get of nothing", Fields([.. form, ("action", "get")]));
        await caller.PageAsync(200, "the page's set that stays", Fields([.. form, ("action", "set")]));

        foreach (var field in new[] { "database", "ttl", "action", "until", "token" })
        {
            var (other, its) = Pair($"the page's {field}");
            var wrong = field == "until" ? [("ttl", "date")] : Array.Empty<(string, string)>();
            await caller.PageAsync(
                field == "token" ? 401 : 400, $"the page with a secret as its {field}",
                Fields([.. form.Where(one => one.Item1 is "database" or "token" && one.Item1 != field), ("key", other.Text), ("value", its.Text), .. field == "action" ? [] : new[] { ("action", "set") }, .. wrong, (field, canaries.Word($"the page's {field}").Text)]));
        }

        var (large, largeValue) = Pair("the page, too large");
        await caller.PageAsync(413, "the page, too large", Fields([.. form[..1], form[3], ("key", large.Text), ("value", largeValue.Text + new string('x', MaxValueBytes)), ("action", "set")]));
        var (foreign, foreignValue) = Pair("another site");
        var crossSite = Fields([("database", "0"), ("key", foreign.Text), ("value", foreignValue.Text), ("action", "set")]);
        await caller.PageAsync(403, "another site's Origin", crossSite, ("Origin", $"https://{canaries.Word("an Origin").Text}.example"));
        await caller.PageAsync(403, "another site", crossSite, ("Sec-Fetch-Site", canaries.Word("a Sec-Fetch-Site").Text));
        var many = canaries.Word("thousands of fields");
        await caller.PageAsync(400, "thousands of fields", Enumerable.Range(0, 2_000).Select(number => KeyValuePair.Create($"{many.Text}{number}", many.Text)));
        await caller.SendAsync(415, "the page as JSON", "POST", "/", Utf8(Json(foreign.Text, foreignValue.Text)), ("Content-Type", "application/json"));
    }

    public async Task RefusedAsync()
    {
        await RefuseAsync(400, "an unknown member", (key, value) => $$"""{"key": "{{key}}", "value": "{{value}}", "{{value}}": "{{value}}"}""");
        await RefuseAsync(400, "two members for the key", (key, value) => $$"""{"key": "{{key}}", "key": "{{value}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "an object for the key", (key, value) => $$$"""{"key": {"{{{key}}}": "{{{value}}}"}, "value": "{{{value}}}"}""");
        await RefuseAsync(400, "an object for the value", (key, value) => $$$"""{"key": "{{{key}}}", "value": {"{{{value}}}": 1}}""");
        await RefuseAsync(400, "text for the database", (key, value) => $$"""{"database": "{{value}}", "key": "{{key}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "text for the ttl", (key, value) => $$"""{"ttl": "{{value}}", "key": "{{key}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "text for once", (key, value) => $$"""{"once": "{{value}}", "key": "{{key}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "another encoding", (key, value) => $$"""{"encoding": "{{value}}", "key": "{{key}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "no base64", (key, value) => $$"""{"encoding": "base64", "key": "{{key}}", "value": "{{value}}-"}""");
        await RefuseAsync(400, "a number out of range", (key, value) => $$"""{"database": 99999999999, "key": "{{key}}", "value": "{{value}}"}""");
        await RefuseAsync(400, "a lone surrogate", (key, value) => $$"""{"key": "\ud800{{key}}", "value": "\ud800{{value}}"}""");
        await RefuseAsync(400, "no UTF-8", (key, value) => $$"""{"key": "{{key}}", "value": "{{value}}{{'\xff'}}"}""", text => Encoding.Latin1.GetBytes(text));
        await RefuseAsync(400, "JSON that ends early", (key, value) => $$"""{"key": "{{key}}", "value": "{{value}}""");
        await RefuseAsync(400, "JSON without quotes", (key, value) => $$"""{"key": {{key}}, "value": {{value}}}""");
        await RefuseAsync(400, "a comment", (key, value) => $$"""{"key": "{{key}}" /* {{value}} */, "value": "{{value}}"}""");
        await RefuseAsync(400, "an array", (key, value) => $$"""["{{key}}", "{{value}}"]""");
        await RefuseAsync(400, "a text", (key, value) => $"\"{key} {value}\"");
        await RefuseAsync(400, "no JSON at all", (key, value) => $"{key}={value}");
        await RefuseAsync(400, "no key", (_, value) => $$"""{"value": "{{value}}"}""");
        await RefuseAsync(400, "deep JSON", (key, value) => string.Concat(Enumerable.Repeat($$"""{"{{key}}": """, 100)) + $"\"{value}\"");
        await RefuseAsync(400, "too long a key", (key, value) => Json(string.Concat(Enumerable.Repeat(key, 2_731)), value));
        await RefuseAsync(413, "too large a value", (key, value) => Json(key, value + new string('x', MaxValueBytes)));
        await RefuseAsync(413, "too large a body", (key, value) => Json(key, value + new string('x', 600_000)));

        var (typed, typedValue) = Pair("another type");
        await caller.KvAsync(415, "text/plain", "PUT", Json(typed.Text, typedValue.Text), ("Content-Type", "text/plain"));
        await caller.SendAsync(415, "a secret type", "PUT", "/kv", Utf8(Json(typed.Text, typedValue.Text)), ("Content-Type", $"text/{canaries.Word("a media type").Text}"));
        await caller.SendAsync(415, "a secret charset", "PUT", "/kv", Utf8(Json(typed.Text, typedValue.Text)), ("Content-Type", $"application/json; charset={canaries.Word("a charset").Text}"));

        await RefuseFormAsync(400, "a form without an end", (key, value) => Form(Field("key", key), Field("value", value))[..^10]);
        await RefuseFormAsync(400, "a form without a value", (key, value) => Form(Field("key", key + value)));
        await RefuseFormAsync(400, "a form with a secret field", (key, value) => Form(Field("key", key), Field("value", value), Field(value, value)));
        await RefuseFormAsync(400, "a form with a secret ttl", (key, value) => Form(Field("key", key), Field("value", value), Field("ttl", value)));
        await RefuseFormAsync(400, "a form with a secret flag", (key, value) => Form(Field("key", key), Field("value", value), Field("once", value)));
        await RefuseFormAsync(400, "a form with a file as its key", (key, value) => Form(Field($"key\"; filename=\"{value}", key), Field("value", value)));
        await RefuseFormAsync(400, "a form with a secret disposition", (key, value) => Utf8($"--b\r\nContent-Disposition: {key}; name={value}\r\n\r\n{value}\r\n--b--"));
        await RefuseFormAsync(400, "a form with a secret header", (key, value) => Utf8($"--b\r\n{key} {value}\r\n\r\n{value}\r\n--b--"));
        await RefuseFormAsync(400, "a form that is not UTF-8", (key, value) => Form(Field("key", key), Field("value", value + "\u00ff", Encoding.Latin1)));
        await RefuseFormAsync(413, "a form with too large a value", (key, value) => Form(Field("key", key), Field("value", value + new string('x', MaxValueBytes))));
        var (bounded, boundedValue) = Pair("a secret boundary");
        await caller.SendAsync(
            400, "a secret boundary", "PUT", "/kv", Form(Field("key", bounded.Text), Field("value", boundedValue.Text)), ("Content-Type", $"multipart/form-data; boundary={canaries.Word("a boundary").Text}"));
        await caller.SendAsync(415, "a form as a get", "POST", "/kv", Form(Field("key", bounded.Text)), FormType);

        var (locked, lockedValue) = Pair("no token");
        var set = Json(locked.Text, lockedValue.Text);
        await caller.KvAsync(401, "no token", "PUT", set, ("Authorization", ""));
        await caller.KvAsync(401, "a wrong token", "PUT", set, ("Authorization", $"Bearer {canaries.Word("a wrong token").Text}"));
        await caller.KvAsync(401, "a password", "DELETE", Json(locked.Text), ("Authorization", $"Basic {canaries.Word("a password").Text}"));
        await caller.KvAsync(401, "a scheme", "DELETE", Json(locked.Text), ("Authorization", canaries.Word("a scheme").Text));

        await caller.KvAsync(400, "a secret as If-Match", "PUT", set, ("If-Match", canaries.Word("If-Match").Text));
        await caller.KvAsync(400, "a secret as a list", "DELETE", Json(locked.Text), ("If-Match", $"\"{canaries.Word("If-Match").Text}\", W/\"{canaries.Word("If-Match").Text}\""));
        await caller.KvAsync(400, "a secret as If-None-Match", "PUT", set, ("If-None-Match", $"\"{canaries.Word("If-None-Match").Text}\""));
    }

    /// <summary>Sends keys in places where they do not belong.</summary>
    public async Task MisplacedAsync()
    {
        var (key, value) = Pair("misplaced");
        var set = Json(key.Text, value.Text);
        await caller.SendAsync(404, "a key in the path", "GET", $"/kv/{New("a path").Text}", null);
        await caller.SendAsync(404, "a key as the path", "GET", $"/{New("a path").Text}/{Uri.EscapeDataString(New("a path").Dressed)}", null);
        await caller.SendAsync(404, "a key in the path of a set", "PUT", $"/kv/{New("a path").Text}", Utf8(set), ("Content-Type", "application/json"));
        await caller.SendAsync(405, "a key in the query", "GET", $"/kv?key={New("a query").Text}&value={Uri.EscapeDataString(New("a query").Dressed)}", null);
        await caller.SendAsync(400, "a key in a read's query", "POST", $"/kv?key={New("a query").Text}", Utf8("{}"), ("Content-Type", "application/json"));
        await caller.SendAsync(200, "a key in a good set's query", "PUT", $"/kv?key={New("a query").Text}", Utf8(set), ("Content-Type", "application/json"));
        foreach (var address in new[] { "/", "/health", "/health/ready", "/metrics", "/openapi.json", "/docs/index.html" })
        {
            await caller.SendAsync(200, $"a key in the query of {address}", "GET", $"{address}?{New("a query").Text}={New("a query").Text}", null);
        }

        await caller.SendAsync(404, "a key below the docs", "GET", $"/docs/{New("a path").Text}", null);
        await caller.SendAsync(404, "a key below the script", "GET", $"/js/{New("a path").Text}.js", null);
        await caller.SendAsync(405, "a key as the method", New("a method").Text, "/kv", Utf8(set), ("Content-Type", "application/json"));
        await caller.SendAsync(404, "a key as the method and the path", New("a method").Text, $"/{New("a path").Text}", null);

        foreach (var address in new[] { "/", "/health", "/openapi.json", "/docs", "/docs/index.html", "/metrics" })
        {
            await caller.SendAsync(200, $"a key as the host of {address}", "GET", address, null, ("Host", $"{New("a host").Text}.example"));
        }

        foreach (var header in new[]
        {
            "User-Agent", "Referer", "Cookie", "X-Api-Key", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Accept", "Accept-Language", "Accept-Encoding",
            "Range", "If-Range", "If-Modified-Since", "Origin", "traceparent", "tracestate", "baggage", "Correlation-Context", "Request-Id",
        })
        {
            await caller.KvAsync(404, $"a key as {header}", "POST", Json(New("a missing key").Text), (header, New($"the header {header}").Text));
        }

        var trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await caller.KvAsync(
            404, "a key in a trace's state", "POST", Json(New("a missing key").Text), ("traceparent", trace), ("tracestate", $"a={New("a tracestate").Text}"), ("baggage", $"key={New("a baggage").Text}"));
    }

    /// <summary>Tokens that the server knows and that do not allow the request, and one that it ignores.</summary>
    public async Task TokensAsync(CanaryTokens tokens)
    {
        var (key, value) = Pair("a refused token");
        var set = Json(key.Text, value.Text);
        foreach (var (status, what, token) in new[] { (403, "a token that may only read", tokens.Reader), (403, "a token of another database", tokens.Narrow), (401, "an expired token", tokens.Expired) })
        {
            await caller.KvAsync(status, what, "PUT", set, ("Authorization", $"Bearer {token.Text}"));
            await caller.KvAsync(status, what, "DELETE", Json(key.Text), ("Authorization", $"Bearer {token.Text}"));
            await caller.KvAsync(404, what, "POST", Json(key.Text), ("Authorization", $"Bearer {token.Text}"));
            await caller.PageAsync(status, what, Fields([("database", "0"), ("key", key.Text), ("value", value.Text), ("token", token.Text), ("action", "set")]));
        }

        await caller.KvAsync(200, "a token without a name", "PUT", set, ("Authorization", $"Bearer {tokens.Unnamed.Text}"));
    }

    public async Task OnTheWireAsync()
    {
        string Word() => New("the wire").Text;
        var host = Word().ToLowerInvariant(); // Kestrel compares it with the address in this form.
        await caller.WireAsync(400, "no HTTP at all", $"{Word()} {Word()}\r\n\r\n");
        await caller.WireAsync(400, "another protocol", $"GET /{Word()} {Word()}\r\n\r\n");
        await caller.WireAsync(505, "another version", $"GET /{Word()} HTTP/7.3\r\nHost: a\r\n\r\n");
        await caller.WireAsync(400, "a strange method", $"{Word()}\" /kv HTTP/1.1\r\nHost: a\r\n\r\n");
        await caller.WireAsync(400, "two hosts", $"GET / HTTP/1.1\r\nHost: {Word()}\r\nHost: {Word()}\r\n\r\n");
        await caller.WireAsync(400, "a strange host", $"GET / HTTP/1.1\r\nHost: {Word()}/@{Word()}\r\n\r\n");
        await caller.WireAsync(400, "no host", $"GET /{Word()} HTTP/1.1\r\n\r\n");
        await caller.WireAsync(400, "a header without a colon", $"GET / HTTP/1.1\r\nHost: a\r\n{Word()}\r\n\r\n");
        await caller.WireAsync(400, "a strange header", $"GET / HTTP/1.1\r\nHost: a\r\n{Word()} x: {Word()}\0\r\n\r\n");
        await caller.WireAsync(400, "a strange length", $"PUT /kv HTTP/1.1\r\nHost: a\r\nContent-Length: {Word()}\r\n\r\n{Word()}");
        await caller.WireAsync(400, "a strange coding", $"PUT /kv HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {Word()}\r\n\r\n{Word()}");
        await caller.WireAsync(400, "a strange chunk", $"POST /kv HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nz{Word()}\r\n{Word()}\r\n0\r\n\r\n");
        await caller.WireAsync(414, "a long address", $"GET /{string.Concat(Enumerable.Repeat(Word(), 500))} HTTP/1.1\r\nHost: a\r\n\r\n");
        await caller.WireAsync(431, "a long header", $"GET / HTTP/1.1\r\nHost: a\r\nx: {string.Concat(Enumerable.Repeat(Word(), 1_500))}\r\n\r\n");
        await caller.WireAsync(404, "a whole address", $"GET http://{host}.example/{Word()}?{Word()} HTTP/1.1\r\nHost: {host}.example\r\nConnection: close\r\n\r\n");
        await caller.WireAsync(400, "a strange path", $"GET /{Word()}%00%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    /// <summary>The body stops in the middle.</summary>
    public Task SlowAsync()
    {
        var (key, value) = Pair("a slow upload");
        return caller.WireAsync(
            408, "a slow upload",
            $"PUT /kv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {caller.Token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{Json(key.Text, value.Text)[..^1]}");
    }

    /// <summary>Every request gets this response.</summary>
    public async Task UnavailableAsync(string why, bool readsToo)
    {
        var (key, value) = Pair(why);
        string[] actions = readsToo ? ["set", "delete", "get"] : ["set", "delete"];
        var calls = actions.SelectMany(action => new[]
        {
            caller.KvAsync(503, why, action switch { "set" => "PUT", "delete" => "DELETE", _ => "POST" }, action == "set" ? Json(key.Dressed, value.Dressed) : Json(key.Dressed)),
            caller.PageAsync(503, why, Fields([("database", "0"), ("key", key.Dressed), ("value", value.Dressed), ("token", caller.Token!), ("action", action), ("confirmed", "yes")])),
        });
        await Task.WhenAll(calls);
    }

    /// <summary>Reads a row that does not open. <paramref name="damage"/> damages all rows.</summary>
    public async Task DamagedAsync(Func<Task> damage)
    {
        var (key, value) = Pair("a damaged row");
        await caller.KvAsync(200, "a set before the damage", "PUT", Json(key.Dressed, value.Dressed));
        await damage();
        await caller.KvAsync(500, "a get of a damaged row", "POST", Json(key.Dressed));
        await caller.PageAsync(500, "the page's get of a damaged row", Fields([("database", "0"), ("key", key.Dressed), ("action", "get")]));
        await caller.KvAsync(409, "a set over a damaged row", "PUT", Json(key.Dressed, value.Dressed));
    }

    /// <summary>For a server that allows one miss per minute.</summary>
    public async Task LimitedAsync()
    {
        await caller.KvAsync(404, "the miss that is allowed", "POST", Json(New("a miss").Dressed));
        await caller.KvAsync(429, "a miss over the limit", "POST", Json(New("a miss").Dressed));
        await caller.PageAsync(429, "the page's miss over the limit", Fields([("database", "0"), ("key", New("a miss").Dressed), ("action", "get")]));
    }

    /// <summary>For a full store.</summary>
    public async Task FullAsync()
    {
        var (key, value) = Pair("a full store");
        await caller.KvAsync(507, "a set in a full store", "PUT", Json(key.Dressed, value.Dressed));
        await caller.PageAsync(507, "the page's set in a full store", Fields([("database", "0"), ("key", key.Dressed), ("value", value.Dressed), ("token", caller.Token!), ("action", "set")]));
    }

    /// <summary>For a server that processes one request at a time, while the store is locked: a third request is refused immediately.</summary>
    public async Task OverloadedAsync(Func<Task<IAsyncDisposable>> lockStore)
    {
        Task<Answer>[] calls;
        await using (await lockStore())
        {
            // One is processed and one waits for it.
            calls = [.. Enumerable.Range(0, 3).Select(_ => caller.AskAsync("a delete under load", "DELETE", "/kv", Utf8(Json(New("a delete under load").Dressed)), ("Content-Type", "application/json")))];
            (await await Task.WhenAny(calls)).Status.Should().Be(503, "the third is one too many");
        }

        (await Task.WhenAll(calls)).Select(answer => answer.Status).Should().BeEquivalentTo([200, 200, 503]);
    }

    private async Task RefuseAsync(int expected, string what, Func<string, string, string> body, Func<string, byte[]>? encode = null)
    {
        foreach (var method in new[] { "PUT", "POST", "DELETE" })
        {
            // Only a request that sends a value can be refused because the value is too large.
            var status = expected == 413 && what.EndsWith("value", StringComparison.Ordinal) && method != "PUT" ? 400 : expected;
            var (key, value) = Pair(what);
            await caller.KvAsync(status, what, method, (encode ?? Utf8)(body(key.Text, value.Text)));
        }
    }

    private async Task RefuseFormAsync(int expected, string what, Func<string, string, byte[]> body)
    {
        var (key, value) = Pair(what);
        await caller.SendAsync(expected, what, "PUT", "/kv", body(key.Text, value.Text), FormType);
    }

    private Canary New(string what) => canaries.Word(string.Create(CultureInfo.InvariantCulture, $"{what} ({Interlocked.Increment(ref _count)})"));

    private (Canary Key, Canary Value) Pair(string what) => (New($"the key of {what}"), New($"the value of {what}"));

    private static string Json(string key, string? value = null, string more = "") =>
        $"{{\"key\": {JsonSerializer.Serialize(key)}{(value is null ? "" : $", \"value\": {JsonSerializer.Serialize(value)}")}{more}}}";

    private static IEnumerable<KeyValuePair<string, string>> Fields((string Name, string Value)[] fields) =>
        fields.Select(field => KeyValuePair.Create(field.Name, field.Value));

    private static (string, string) FormType => ("Content-Type", "multipart/form-data; boundary=b");

    private static byte[] Field(string name, string content, Encoding? encoding = null) =>
        (encoding ?? Encoding.UTF8).GetBytes($"--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");

    private static byte[] Form(params byte[][] fields) => [.. fields.SelectMany(field => field), .. "--b--\r\n"u8];

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
