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

        set.Status.Should().Be("success");
        got.Value.Should().Be("v");
        deleted.Status.Should().Be("success");
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
