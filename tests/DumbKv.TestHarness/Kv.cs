using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DumbKv.TestHarness;

/// <summary>Sends requests to /kv in literal JSON, as a client with curl does.</summary>
public static class Kv
{
    public static Task<HttpResponseMessage> PostKvAsync(this HttpClient http, string json) => http.SendKvAsync(HttpMethod.Post, json);

    public static Task<HttpResponseMessage> PutKvAsync(this HttpClient http, string json, string? ifMatch = null, string? ifNoneMatch = null) =>
        http.SendKvAsync(HttpMethod.Put, json, ifMatch, ifNoneMatch);

    public static Task<HttpResponseMessage> DeleteKvAsync(this HttpClient http, string json, string? ifMatch = null) =>
        http.SendKvAsync(HttpMethod.Delete, json, ifMatch);

    public static Task<HttpResponseMessage> SendKvAsync(
        this HttpClient http, HttpMethod method, string json, string? ifMatch = null, string? ifNoneMatch = null) =>
        http.SendKvAsync(method, Encoding.UTF8.GetBytes(json), ifMatch, ifNoneMatch);

    public static async Task<HttpResponseMessage> SendKvAsync(
        this HttpClient http, HttpMethod method, byte[] body, string? ifMatch = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(method, "/kv") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return await http.SendAsync(request);
    }

    /// <summary>Sends a set as multipart/form-data, in literal bytes: one for each character (Latin-1).</summary>
    public static async Task<HttpResponseMessage> PutFormAsync(
        this HttpClient http, string body, string type = "multipart/form-data; boundary=b", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv") { Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request);
    }

    /// <summary>Sends a get for the value's bytes.</summary>
    public static async Task<HttpResponseMessage> PostKvForBytesAsync(this HttpClient http, string json, string accept = "application/octet-stream")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/kv") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return await http.SendAsync(request);
    }

    /// <summary>The whole body.</summary>
    public static Task<string> TextAsync(this HttpResponseMessage response) => response.Content.ReadAsStringAsync();

    /// <summary>The "detail" of a problem.</summary>
    public static async Task<string> DetailAsync(this HttpResponseMessage response)
    {
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        using var problem = JsonDocument.Parse(await response.TextAsync());
        problem.RootElement.GetProperty("status").GetInt32().Should().Be((int)response.StatusCode);
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    public static async Task<string> ValueAsync(this HttpClient http, string key)
    {
        using var response = await http.PostKvAsync(JsonSerializer.Serialize(new { key }));
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.TextAsync());
        return answer.RootElement.GetProperty("value").GetString()!;
    }
}
