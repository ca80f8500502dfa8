using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DumbKv.SecurityTests;

/// <summary>Any mix of 256 requests at the same time, with values of the default size, in the memory of the pods in deploy/k8s.</summary>
[NonParallelizable]
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class MemoryTests(StoreKind kind)
{
    private const int Requests = 256;
    private const int MaxMegabytes = 512;
    private const int MaxResidentMegabytes = 440;
    private const int MaxValueBytes = 1 << 20;
    private const int KeyBodyBytes = (6 * 65_536) + 4_096;

    private MemoryCgroup? _cgroup;
    private TestStore _store = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _cgroup = MemoryCgroup.TryCreate((long)MaxMegabytes << 20);
        _store = await TestStore.CreateAsync(kind);
        _server = ServerProcess.LaunchUnder(_cgroup?.Wrapper ?? [], _store.Folder, new Dictionary<string, string?>(_store.Settings)
        {
            // As in the Dockerfile and deploy/k8s.
            ["MALLOC_ARENA_MAX"] = "2",
            ["MALLOC_MMAP_THRESHOLD_"] = "131072",
            ["DOTNET_GCHighMemPercent"] = "0x28",
        });
        await _server.WaitUntilListeningAsync();
        await _server.WaitUntilReadyAsync();
    }

    [TearDown]
    public async Task StopServer()
    {
        TestContext.Out.WriteLine($"{TestContext.CurrentContext.Test.Name}: {PeakMegabytes()} MiB at most, {(_cgroup is null ? "without" : "in")} a group of 512 MiB");
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _cgroup?.Dispose();
    }

    [Test]
    public async Task A_mix_of_256_requests_with_large_values_fits_into_440_MiB()
    {
        var text = new string('x', MaxValueBytes);
        var escaped = string.Concat(Enumerable.Repeat("\\u0001", MaxValueBytes));
        foreach (var (key, body) in new[] { ("text", $$"""{"key": "text", "value": "{{text}}"}"""), ("control", $$"""{"key": "control", "value": "{{escaped}}"}""") })
        {
            using var stored = await _server.Http.PutKvAsync(body);
            stored.StatusCode.Should().Be(HttpStatusCode.OK, key);
        }

        using var http = new HttpClient { BaseAddress = _server.Http.BaseAddress };
        var form = $"action=set&database=0&key=form&value={text}&overwrite=true";
        var upload = $"--b\r\nContent-Disposition: form-data; name=\"overwrite\"\r\n\r\ntrue\r\n--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nKEY\r\n"
            + $"--b\r\nContent-Disposition: form-data; name=\"value\"; filename=\"f\"\r\n\r\n{text}\r\n--b--\r\n";
        Func<int, Task<HttpStatusCode?>>[] kinds =
        [
            number => SendAsync(http, HttpMethod.Put, "/kv", $$"""{"key": "{{number}}", "value": "{{text}}", "overwrite": true}"""),
            number => SendAsync(http, HttpMethod.Put, "/kv", $$"""{"key": "{{number}}", "value": "{{escaped}}", "overwrite": true}"""),
            number => SendAsync(http, HttpMethod.Put, "/kv", upload.Replace("KEY", $"{number}", StringComparison.Ordinal), "multipart/form-data; boundary=b"),
            _ => SendAsync(http, HttpMethod.Post, "/kv", """{"key": "text"}"""),
            _ => SendAsync(http, HttpMethod.Post, "/kv", """{"key": "text"}""", accept: "application/octet-stream"),
            _ => SendAsync(http, HttpMethod.Post, "/kv", """{"key": "control"}"""),
            _ => SendAsync(http, HttpMethod.Post, "/kv", escaped),
            _ => SendAsync(http, HttpMethod.Post, "/", form, "application/x-www-form-urlencoded"),
            _ => SendAsync(http, HttpMethod.Post, "/", "action=get&database=0&key=control", "application/x-www-form-urlencoded"),
            _ => ReadSlowlyAsync("control"),
        ];

        // Each kind alone, and all of them together.
        var mixes = kinds.Select(one => Enumerable.Repeat(one, Requests)).Append(Enumerable.Range(0, Requests).Select(number => kinds[number % kinds.Length]));
        foreach (var mix in mixes)
        {
            for (var round = 0; round < Rounds.Of(1, 5); round++)
            {
                var statuses = await Task.WhenAll(mix.Select((send, number) => send(number)));
                statuses.Should().OnlyContain(status => status == null || status == HttpStatusCode.OK || status == HttpStatusCode.Conflict
                    || status == HttpStatusCode.ServiceUnavailable || status == HttpStatusCode.RequestEntityTooLarge);
            }

            TestContext.Out.WriteLine($"{PeakMegabytes()} MiB");
        }

        PeakMegabytes().Should().BeLessThan(MaxResidentMegabytes);
        (await _server.Http.ValueAsync("text")).Should().Be(text);
        _server.Output.Should().NotContain("The server failed");
    }

    [TestCase("POST")]
    [TestCase("DELETE")]
    public async Task A_get_and_a_delete_take_a_body_as_large_as_the_largest_key_needs_and_no_byte_more(string method)
    {
        var key = string.Concat(Enumerable.Repeat("\\u0041", 65_536));
        var body = $$"""{"key": "{{key}}"}""".PadRight(KeyBodyBytes);

        using var largest = await _server.Http.SendKvAsync(new HttpMethod(method), body);
        using var larger = await _server.Http.SendKvAsync(new HttpMethod(method), body + " ");

        largest.StatusCode.Should().Be(method == "POST" ? HttpStatusCode.NotFound : HttpStatusCode.OK);
        larger.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await larger.DetailAsync()).Should().Be($"The body is larger than {KeyBodyBytes} bytes, more than a key can take.");
    }

    [Test]
    public async Task A_get_whose_body_is_too_large_is_refused_before_the_body_is_sent()
    {
        var answer = await Wire.SendAsync(_server.Http.BaseAddress!, $"POST /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {KeyBodyBytes + 1}\r\n\r\n");

        Encoding.ASCII.GetString(answer).Should().StartWith("HTTP/1.1 413 ");
    }

    private static async Task<HttpStatusCode?> SendAsync(HttpClient http, HttpMethod method, string path, string body, string type = "application/json", string accept = "*/*")
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type)) };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await response.Content.CopyToAsync(Stream.Null);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // It lost the connection while it sent a body that was refused.
        }
    }

    /// <summary>Asks for a value, and takes only the beginning of the response.</summary>
    private async Task<HttpStatusCode?> ReadSlowlyAsync(string key)
    {
        var body = JsonSerializer.Serialize(new { key });
        using var client = new TcpClient { ReceiveBufferSize = 4_096 };
        await client.ConnectAsync(IPAddress.Loopback, _server.Http.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        var head = new byte[12];
        await stream.ReadExactlyAsync(head);
        await Task.Delay(TimeSpan.FromSeconds(1));
        return (HttpStatusCode)int.Parse(Encoding.ASCII.GetString(head, 9, 3), CultureInfo.InvariantCulture);
    }

    private long PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{_server.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
