using System.Globalization;
using System.Text;

namespace DumbKv.SecurityTests;

/// <summary>
/// Calls a server and keeps what it answers as evidence. A read's body and the page are the only places where a key, a value
/// or a caller's token may stand: what is there is searched for the operator's secrets alone.
/// </summary>
internal sealed class WatchedCaller(HttpClient http, Evidence evidence, Canaries operators)
{
    private int _calls;

    public int Calls => _calls;

    public string? Token { get; set; }

    /// <summary>A call of the API.</summary>
    public Task<Answer> KvAsync(int expected, string what, string method, string json, params (string Name, string Value)[] headers) =>
        KvAsync(expected, what, method, Encoding.UTF8.GetBytes(json), headers);

    public Task<Answer> KvAsync(int expected, string what, string method, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync(expected, what, method, "/kv", body, [("Content-Type", "application/json"), .. headers]);

    /// <summary>The page's form.</summary>
    public async Task<Answer> PageAsync(int expected, string what, IEnumerable<KeyValuePair<string, string>> fields, params (string Name, string Value)[] headers)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await SendAsync(expected, what, "POST", "/", await form.ReadAsByteArrayAsync(), [("Content-Type", "application/x-www-form-urlencoded"), .. headers]);
    }

    public async Task<Answer> SendAsync(int expected, string what, string method, string address, byte[]? body, params (string Name, string Value)[] headers)
    {
        var answer = await AskAsync(what, method, address, body, headers);
        answer.Status.Should().Be(expected, "this is what becomes of: {0}", what);
        return answer;
    }

    /// <summary>Whatever the answer is.</summary>
    public async Task<Answer> AskAsync(string what, string method, string address, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address) { Content = body is null ? null : new ByteArrayContent(body) };
        var all = method is "PUT" or "DELETE" && Token is not null && !headers.Any(header => header.Name == "Authorization")
            ? [.. headers, ("Authorization", $"Bearer {Token}")]
            : headers;
        foreach (var (name, value) in all.Where(header => header.Value.Length > 0))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await http.SendAsync(request);
        var answer = new Answer(
            (int)response.StatusCode, $"{response.ReasonPhrase}\n{response.Headers}{response.Content.Headers}{response.TrailingHeaders}", await response.Content.ReadAsByteArrayAsync());
        Interlocked.Increment(ref _calls);
        evidence.Add("answers' headers", what, answer.Headers);
        var mayShow = (method, address, answer.Status) is ("POST", "/kv", 200) || (method == "POST" && response.Content.Headers.ContentType?.MediaType == "text/html");
        if (mayShow)
        {
            operators.FindIn(answer.Body).Should().BeEmpty("an answer never shows what is the operator's: {0}", what);
        }
        else
        {
            evidence.Add("other answers' bodies", what, answer.Body);
        }

        return answer;
    }

    /// <summary>Bytes that are no request of HTTP, or a strange one.</summary>
    public async Task WireAsync(int expected, string what, string request)
    {
        var answer = await Wire.SendAsync(http.BaseAddress!, request);
        Interlocked.Increment(ref _calls);
        evidence.Add("answers on the wire", what, answer);
        Encoding.ASCII.GetString(answer, 0, Math.Min(answer.Length, 13))
            .Should().Be(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {expected} "), "this is what becomes of: {0}", what);
    }
}

internal sealed record Answer(int Status, string Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string ETag => Headers.Split('\n').Single(line => line.StartsWith("ETag: ", StringComparison.Ordinal))["ETag: ".Length..].Trim();
}
