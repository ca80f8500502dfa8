using System.Net;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A client whose Accept header excludes JSON still gets the reason for a refusal, and the log stays clean.</summary>
public sealed class UnacceptableAnswerTests
{
    [TestCase("image/png")]
    [TestCase("text/html")]
    [TestCase("application/octet-stream")]
    public async Task A_refusal_has_its_reason_whatever_Accept_says(string accepts)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("MAX_VALUE_BYTES", "1"), ("WRITE_TOKENS", new string('0', 64)));
        server.Http.DefaultRequestHeaders.Accept.ParseAdd(accepts);

        // The body is not sent: a client that sends all of it can lose the connection before it reads the response.
        var tooLarge = Encoding.UTF8.GetString(await Wire.SendAsync(
            server.Http.BaseAddress!, $"POST /kv HTTP/1.1\r\nHost: localhost\r\nAccept: {accepts}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"));
        using var noToken = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
        using var wrongMethod = await server.Http.GetAsync("/kv");
        await server.StopAsync();

        tooLarge.Should().StartWith("HTTP/1.1 413 ").And.Contain("The body is larger than 397312 bytes");
        noToken.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await noToken.DetailAsync()).Should().StartWith("This server requires a token");
        (await wrongMethod.DetailAsync()).Should().StartWith("This address does not allow this method.");
        server.Output.Should().NotContainAny("ERR", "Exception");
    }
}
