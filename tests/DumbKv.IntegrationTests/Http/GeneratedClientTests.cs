using System.Net;
using DumbKv.Client;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The client that NSwag generates from the document works against the server.</summary>
public sealed class GeneratedClientTests(StoreKind kind) : ServerTests(kind)
{
    private DumbKvClient Client => new(Http) { BaseUrl = Http.BaseAddress!.ToString() };

    [Test]
    public async Task It_sets_gets_and_deletes()
    {
        var set = await Client.SetValueAsync(null, null, new SetValueRequest { Key = "k", Value = "v" });
        var got = await Client.GetValueAsync(new GetValueRequest { Key = "k" });
        var deleted = await Client.DeleteValueAsync(null, new DeleteValueRequest { Key = "k" });

        set.Status.Should().Be(StatusResponseStatus.Success);
        got.Value.Should().Be("v");
        deleted.Status.Should().Be(StatusResponseStatus.Success);
    }

    [Test]
    public async Task A_field_that_was_not_set_is_left_out()
    {
        await Client.SetValueAsync(null, null, new SetValueRequest { Key = "k", Value = "v" });

        var got = await Client.GetValueAsync(new GetValueRequest { Key = "k" });

        got.Expires_at.Should().BeNull();
        got.Encoding.Should().BeNull();
    }

    [Test]
    public async Task Bytes_that_expire_and_are_read_once_are_peeked_at_and_read()
    {
        await Client.SetValueAsync(
            null, "*", new SetValueRequest { Database = 7, Key = "k", Value = "AP/+gA==", Encoding = SetValueRequestEncoding.Base64, Ttl = 60, Once = true });

        var peek = await Client.GetValueAsync(new GetValueRequest { Database = 7, Key = "k", Peek = true });
        var got = await Client.GetValueAsync(new GetValueRequest { Database = 7, Key = "k" });

        var expiry = Server.Time.GetUtcNow().AddSeconds(60);
        peek.Should().BeEquivalentTo(new { Value = (string?)null, Encoding = GetValueResponseEncoding.Base64, Expires_at = expiry, Once = true, Size = 4 });
        got.Should().BeEquivalentTo(new { Value = "AP/+gA==", Encoding = GetValueResponseEncoding.Base64, Expires_at = expiry, Once = (bool?)null, Size = (int?)null });
    }

    [Test]
    public async Task The_encoding_text_is_accepted()
    {
        await Client.SetValueAsync(null, null, new SetValueRequest { Key = "k", Value = "v", Encoding = SetValueRequestEncoding.Text });

        (await Client.GetValueAsync(new GetValueRequest { Key = "k" })).Value.Should().Be("v");
    }

    [Test]
    public async Task A_value_that_was_read_already_is_an_exception_with_the_time_of_the_read()
    {
        await Client.SetValueAsync(null, null, new SetValueRequest { Key = "k", Value = "v", Once = true });
        await Client.GetValueAsync(new GetValueRequest { Key = "k" });

        var read = () => Client.GetValueAsync(new GetValueRequest { Key = "k" });

        var exception = (await read.Should().ThrowAsync<ApiException<AlreadyReadProblem>>()).Which;
        exception.StatusCode.Should().Be((int)HttpStatusCode.Gone);
        exception.Result.Read_at.Should().Be(Server.Time.GetUtcNow());
        exception.Result.Etag.Should().MatchRegex("^\"[A-Za-z0-9_-]{16}\"$");
    }

    [Test]
    public async Task A_refusal_is_an_exception_with_the_problem()
    {
        var read = () => Client.GetValueAsync(new GetValueRequest { Key = "never set" });

        var exception = (await read.Should().ThrowAsync<ApiException<ProblemDetails>>()).Which;

        exception.StatusCode.Should().Be((int)HttpStatusCode.NotFound);
        exception.Result.Detail.Should().StartWith("There is no value under this key");
    }
}
