using System.Text.Json.Nodes;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>Each problem has the members of RFC 9457, also for the statuses that RFC 9110 does not define.</summary>
public sealed class ProblemTypeTests
{
    [Test]
    public async Task Every_problem_has_a_type_a_title_a_status_and_a_detail()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("MAX_STORE_BYTES", "1"), ("MISSES_PER_MINUTE", "1"));
        var http = server.Http;
        var problems = new Dictionary<int, JsonObject>();

        await Eventually.HoldsAsync(async () => await NoteAsync(await http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""")) == 507);
        await NoteAsync(await http.PostKvAsync("""{"key": "other"}"""));
        await NoteAsync(await http.PostKvAsync("""{"key": "other"}"""));
        await NoteAsync(await http.PostKvAsync("{"));
        await NoteAsync(await http.PostKvAsync($$"""{"key": "{{new string('k', 400_000)}}"}"""));
        await NoteAsync(await http.DeleteKvAsync("""{"key": "k"}""", ifMatch: "\"AAAAAAAAAAAAAAAA\""));
        await NoteAsync(await http.PatchAsync("/kv", null));
        await NoteAsync(await http.PostAsync("/kv", new StringContent("key")));

        problems.Keys.Should().BeEquivalentTo([400, 404, 405, 412, 413, 415, 429, 507]);
        foreach (var (status, problem) in problems)
        {
            problem["type"]!.GetValue<string>().Should().StartWith("https://tools.ietf.org/html/rfc");
            problem.Select(member => member.Key).Should().Equal(["type", "title", "status", "detail"], "{0} should have them", status);
        }

        async Task<int> NoteAsync(HttpResponseMessage response)
        {
            using (response)
            {
                var status = (int)response.StatusCode;
                if (status >= 400)
                {
                    problems[status] = (JsonObject)JsonNode.Parse(await response.TextAsync())!;
                }

                return status;
            }
        }
    }
}
