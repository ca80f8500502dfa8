using System.Net;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>For each 503 and 507 the log has the cause, for the API and for the page.</summary>
public sealed class StoreFailureLogTests
{
    [TestCase("api")]
    [TestCase("page")]
    public async Task A_request_that_the_store_refuses_is_logged_with_the_cause(string client)
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("MAX_STORE_BYTES", "1"));

        await Eventually.HoldsAsync(async () => await SetAsync(server.Http, client) == HttpStatusCode.InsufficientStorage);
        (await SetAsync(server.Http, client)).Should().Be(HttpStatusCode.InsufficientStorage);
        await server.StopAsync();

        server.Output.Split('\n').Where(line => line.Contains("The store refused", StringComparison.Ordinal)).Should().ContainSingle("there is at most one line in ten seconds")
            .Which.Should().EndWith(" WRN The store refused a request, times since the last line: 1. The store has reached its size limit and cannot store new values. Delete entries, or ask the operator for a larger limit.");
        server.Output.Should().Contain(client == "api" ? " ERR PUT /kv answered 507 in " : " ERR POST / answered 507 in ");
    }

    private static async Task<HttpStatusCode> SetAsync(HttpClient http, string client)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["action"] = "set",
            ["database"] = "0",
            ["key"] = "k",
            ["value"] = "v",
            ["confirmed"] = "true",
        });
        using var response = client == "api" ? await http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""") : await http.PostAsync("/", form);
        return response.StatusCode;
    }
}
