using System.Globalization;
using System.Text;

namespace DumbKv.SecurityTests;

/// <summary>
/// Sends requests to a server and keeps the responses as evidence. Only the body of a read and the page can contain a key, a value or a
/// client's token, so these are searched only for the operator's secrets.
/// </summary>
internal sealed class WatchedCaller(HttpClient http, Evidence evidence, Canaries operators)
{
    private int _calls;

    public int Calls => _calls;

    public string? Token { get; set; }

    /// <summary>A request to the API.</summary>
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
        evidence.Expect(answer.Status == expected, what, $"{answer.Status} and not {expected}");
        return answer;
    }

    /// <summary>Accepts any response.</summary>
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
            operators.FindIn(answer.Body).Should().BeEmpty("a response never contains the operator's secrets: {0}", what);
        }
        else
        {
            evidence.Add("other answers' bodies", what, answer.Body);
        }

        return answer;
    }

    /// <summary>Sends bytes that are not a valid HTTP request, or an unusual one.</summary>
    public async Task WireAsync(int expected, string what, string request)
    {
        var answer = await Wire.SendAsync(http.BaseAddress!, request);
        Interlocked.Increment(ref _calls);
        evidence.Add("answers on the wire", what, answer);
        var status = answer.Length < 13 ? "none" : Encoding.ASCII.GetString(answer, 9, 3);
        evidence.Expect(status == string.Create(CultureInfo.InvariantCulture, $"{expected}"), what, $"{status} and not {expected}");
    }
}

internal sealed record Answer(int Status, string Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string ETag => Headers.Split('\n').Single(line => line.StartsWith("ETag: ", StringComparison.Ordinal))["ETag: ".Length..].Trim();
}
