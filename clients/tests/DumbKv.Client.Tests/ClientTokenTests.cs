using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.Client.Tests;

/// <summary>Tokens, and the limit of failed reads.</summary>
public sealed class ClientTokenTests(StoreKind kind) : ServerTests(kind)
{
    private readonly TestToken _writer = TestToken.Make("ci", "\"write\"", databases: "0-9");
    private readonly string _file = Path.GetTempFileName();

    protected override (string Name, string Value)[] Settings
    {
        get
        {
            TestToken.Write(_file, _writer);
            return [("TOKENS_FILE", _file), ("MISSES_PER_MINUTE", "2")];
        }
    }

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [TestCase(10)]
    [TestCase(1_000_000)]
    public async Task A_set_without_a_token_is_not_authorized(int size)
    {
        var refusal = (await new DumbKvClient(Http).Invoking(kv => kv.SetAsync("k", new byte[size])).Should().ThrowAsync<KvUnauthorizedException>()).Which;

        refusal.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        refusal.Message.Should().Contain("requires a token");
    }

    [Test]
    public async Task A_token_is_sent_and_does_what_it_may()
    {
        var kv = new DumbKvClient(Http, new DumbKvClientOptions { Token = _writer.Token });

        await kv.SetAsync("k", "v", new SetOptions { Database = 9 });

        (await kv.Invoking(one => one.SetAsync("k", "v", new SetOptions { Database = 10 })).Should().ThrowAsync<KvUnauthorizedException>())
            .Which.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Test]
    public async Task Too_many_failed_reads_are_limited_and_not_repeated()
    {
        var kv = new DumbKvClient(Http);
        (await kv.GetAsync("a")).Should().BeNull();
        (await kv.GetAsync("b")).Should().BeNull();

        var limited = (await kv.Invoking(one => one.GetAsync("c")).Should().ThrowAsync<KvUnavailableException>()).Which;

        limited.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        limited.RetryAfter.Should().BePositive();
    }
}
