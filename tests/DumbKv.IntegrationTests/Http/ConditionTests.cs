using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>If-Match and If-None-Match on writes.</summary>
public sealed class ConditionTests(StoreKind kind) : ServerTests(kind)
{
    private const string Other = "\"AAAAAAAAAAAAAAAA\"";

    [Test]
    public async Task If_Match_with_the_stored_version_replaces()
    {
        var version = await SetAsync("first");

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "second"}""", ifMatch: version);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("second");
    }

    [TestCase(Other)]
    [TestCase("\"no version of ours\"")]
    [TestCase("\"\"")]
    [TestCase("\"H08Y+xh0NNvykxlr\"")]
    public async Task If_Match_with_another_version_is_412_and_changes_nothing(string version)
    {
        await SetAsync("first");

        using var response = await Http.PutKvAsync("""{"key": "k", "value": "second", "overwrite": true}""", ifMatch: version);

        response.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await Http.ValueAsync("k")).Should().Be("first");
    }

    [Test]
    public async Task If_Match_with_a_star_replaces_only_an_existing_value()
    {
        using var absent = await Http.PutKvAsync("""{"key": "k", "value": "first"}""", ifMatch: "*");
        await SetAsync("second");
        using var present = await Http.PutKvAsync("""{"key": "k", "value": "third"}""", ifMatch: "*");

        absent.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        present.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("third");
    }

    [Test]
    public async Task If_None_Match_creates_only_even_with_overwrite()
    {
        using var created = await Http.PutKvAsync("""{"key": "k", "value": "first"}""", ifNoneMatch: "*");
        using var refused = await Http.PutKvAsync("""{"key": "k", "value": "second", "overwrite": true}""", ifNoneMatch: "*");

        created.StatusCode.Should().Be(HttpStatusCode.OK);
        refused.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await Http.ValueAsync("k")).Should().Be("first");
    }

    [Test]
    public async Task A_delete_with_the_stored_version_deletes()
    {
        var version = await SetAsync("v");

        using var response = await Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: version);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        read.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [TestCase(Other)]
    [TestCase("*")]
    public async Task A_conditional_delete_of_nothing_is_412(string version)
    {
        using var response = await Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: version);

        response.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
    }

    [Test]
    public async Task A_delete_with_another_version_keeps_the_value()
    {
        await SetAsync("v");

        using var response = await Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: Other);

        response.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [TestCase("W/\"AAAAAAAAAAAAAAAA\"")]
    [TestCase("\"AAAAAAAAAAAAAAAA\", \"BBBBBBBBBBBBBBBB\"")]
    [TestCase("AAAAAAAAAAAAAAAA")]
    [TestCase("\"")]
    public async Task A_weak_a_listed_or_an_unquoted_ETag_is_400(string ifMatch)
    {
        using var put = await Http.PutKvAsync("""{"key": "k", "value": "v"}""", ifMatch: ifMatch);
        using var delete = await Http.DeleteKvAsync("""{"key": "k"}""", ifMatch: ifMatch);

        put.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await put.DetailAsync()).Should().StartWith("If-Match must be");
        delete.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase("\"AAAAAAAAAAAAAAAA\"", null)]
    [TestCase("*", "*")]
    public async Task If_None_Match_with_anything_but_a_star_or_with_If_Match_is_400(string ifNoneMatch, string? ifMatch)
    {
        using var response = await Http.PutKvAsync("""{"key": "k", "value": "v"}""", ifMatch, ifNoneMatch);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("If-None-Match must be");
    }

    private async Task<string> SetAsync(string value)
    {
        using var response = await Http.PutKvAsync($$"""{"key": "k", "value": "{{value}}"}""");
        return response.Headers.ETag!.ToString();
    }
}
