using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>A token that may read has a limit of failed reads of its own.</summary>
public sealed class ReaderLimitTests
{
    private readonly TestToken _reader = TestToken.Make("reader", "\"read\"");
    private readonly TestToken _other = TestToken.Make("other", "\"read\"", "0-9");
    private readonly TestToken _writer = TestToken.Make("writer", "\"write\"");

    private TestStore _store = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        var file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(file, _reader, _other, _writer);
        _server = await TestServer.StartAsync(_store, ("TOKENS_FILE", file), ("MISSES_PER_MINUTE", "3"));
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task An_address_at_its_limit_does_not_stop_a_token_that_may_read_and_a_token_does_not_stop_its_address()
    {
        await MissAsync(null, times: 3);
        (await ReadAsync(null)).Should().Be(HttpStatusCode.TooManyRequests);

        await MissAsync(_reader, times: 3);
        using var limited = await SendAsync(_reader);
        limited.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await limited.DetailAsync()).Should().StartWith("Too many reads with your token found no value or are in progress.");
        (await ReadAsync(_other)).Should().Be(HttpStatusCode.NotFound);

        _server.Time.Advance(TimeSpan.FromMinutes(1));
        await MissAsync(_reader, times: 3);
        (await ReadAsync(null)).Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_token_that_may_not_read_there_counts_for_its_address()
    {
        await MissAsync(_writer, times: 1);
        await MissAsync(_other, times: 1, database: 10);
        await MissAsync(null, times: 1);

        (await ReadAsync(null)).Should().Be(HttpStatusCode.TooManyRequests);
        (await ReadAsync(_writer)).Should().Be(HttpStatusCode.TooManyRequests);
        (await ReadAsync(_other, database: 10)).Should().Be(HttpStatusCode.TooManyRequests);
        (await ReadAsync(_other)).Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task The_form_of_the_page_counts_for_its_token_too()
    {
        await MissAsync(null, times: 3);

        (await FormAsync(_writer)).Should().Be(HttpStatusCode.TooManyRequests);
        for (var time = 0; time < 3; time++)
        {
            (await FormAsync(_reader)).Should().Be(HttpStatusCode.NotFound);
        }

        (await FormAsync(_reader)).Should().Be(HttpStatusCode.TooManyRequests);
        (await ReadAsync(_reader)).Should().Be(HttpStatusCode.TooManyRequests);
    }

    private async Task MissAsync(TestToken? token, int times, int database = 0)
    {
        for (var time = 0; time < times; time++)
        {
            (await ReadAsync(token, database)).Should().Be(HttpStatusCode.NotFound);
        }
    }

    private async Task<HttpStatusCode> ReadAsync(TestToken? token, int database = 0)
    {
        using var response = await SendAsync(token, database);
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(TestToken? token, int database = 0)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/kv")
        {
            Content = new StringContent($$"""{"database": {{database}}, "key": "none"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token.Token);
        return await _server.Http.SendAsync(request);
    }

    private async Task<HttpStatusCode> FormAsync(TestToken token)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["action"] = "get", ["database"] = "0", ["key"] = "none", ["token"] = token.Token });
        using var response = await _server.Http.PostAsync("/", form);
        return response.StatusCode;
    }
}
