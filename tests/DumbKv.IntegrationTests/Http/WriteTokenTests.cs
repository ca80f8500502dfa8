using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DumbKv.Client;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Http;

/// <summary>WRITE_TOKENS: without them anyone could fill the disk.</summary>
public sealed class WriteTokenTests(StoreKind kind) : ServerTests(kind)
{
    private const string Set = """{"key": "k", "value": "v"}""";
    private const string Name = """{"key": "k"}""";
    private const string Refusal = "This server requires a token for this request, and the request has none or an unknown one. Ask the operator for one, and send it as Authorization: Bearer.";

    private static readonly (string Token, string Hash) First = AccessToken.Make();
    private static readonly (string Token, string Hash) Second = AccessToken.Make();

    protected override (string Name, string Value)[] Settings => [("WRITE_TOKENS", $"{First.Hash}, {Second.Hash.ToUpperInvariant()}")];

    [Test]
    public async Task Each_token_can_set_and_delete()
    {
        foreach (var (token, _) in new[] { First, Second })
        {
            Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

            using var set = await Http.PutKvAsync(Set);
            using var delete = await Http.DeleteKvAsync(Name);

            set.StatusCode.Should().Be(HttpStatusCode.OK);
            delete.StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }

    [TestCase("PUT")]
    [TestCase("DELETE")]
    public async Task Without_a_token_a_write_is_refused_before_its_body_is_sent(string method)
    {
        var answer = await Wire.SendAsync(Http.BaseAddress!, $"{method} /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n");

        Encoding.ASCII.GetString(answer).Should().StartWith("HTTP/1.1 401 ");
    }

    [TestCase(null)]
    [TestCase("Bearer")]
    [TestCase("Bearer nonsense")]
    [TestCase("Basic dXNlcjpwYXNzd29yZA==")]
    [TestCase("hash")]
    public async Task Without_a_token_a_write_is_401_and_nothing_changes(string? header)
    {
        var authorization = header == "hash" ? $"Bearer {First.Hash}" : header;
        await SetWithTokenAsync();
        if (authorization is not null)
        {
            Http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }

        using var set = await Http.PutKvAsync("""{"key": "k", "value": "other", "overwrite": true}""");
        using var malformed = await Http.PutKvAsync("no json");
        using var delete = await Http.DeleteKvAsync(Name);

        foreach (var response in new[] { set, malformed, delete })
        {
            response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
            response.Headers.WwwAuthenticate.Should().ContainSingle().Which.Scheme.Should().Be("Bearer");
            (await response.DetailAsync()).Should().Be(Refusal);
        }

        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task Reads_need_no_token()
    {
        await SetWithTokenAsync();

        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task The_page_asks_for_a_token_and_a_form_without_it_writes_nothing()
    {
        var page = await Http.GetStringAsync("/");
        using var without = await PostFormAsync("set", null);
        using var wrong = await PostFormAsync("set", "nonsense");
        using var with = await PostFormAsync("set", First.Token);
        using var delete = await PostFormAsync("delete", null);

        page.Should().Contain("""name="token" """);
        without.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        wrong.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        wrong.Headers.WwwAuthenticate.Should().ContainSingle();
        with.StatusCode.Should().Be(HttpStatusCode.OK);
        delete.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task The_generated_client_sends_the_token()
    {
        var client = new DumbKvClient(Http) { BaseUrl = Http.BaseAddress!.ToString() };
        var set = () => client.SetValueAsync(null, null, new SetValueRequest { Key = "k", Value = "v" });

        (await set.Should().ThrowAsync<ApiException<ProblemDetails>>()).Which.StatusCode.Should().Be(401);
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", First.Token);
        (await set()).Status.Should().Be(StatusResponseStatus.Success);
    }

    private async Task SetWithTokenAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv") { Content = new StringContent(Set, null, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("bearer", First.Token);
        (await Http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    private async Task<HttpResponseMessage> PostFormAsync(string action, string? token)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["action"] = action,
            ["database"] = "0",
            ["key"] = "k",
            ["value"] = "v",
            ["confirmed"] = action == "delete" ? "yes" : "",
            ["token"] = token ?? "",
        });
        return await Http.PostAsync("/", form);
    }
}
