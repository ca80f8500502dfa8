using DumbKv.KiotaClient;
using DumbKv.KiotaClient.Models;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider()) { BaseUrl = args[0].TrimEnd('/') };
var kv = new DumbKvClient(adapter).Kv;

var set = await kv.PutAsync(new SetValueRequest { Key = "text", Value = "v" });
Check(set?.Status == StatusResponse_status.Success, "a set succeeds");

var text = await kv.PostAsync(new GetValueRequest { Key = "text" });
Check(text is { Value: "v", Encoding: null, ExpiresAt: null }, "fields that were not set are left out");

await kv.PutAsync(
    new SetValueRequest { Database = 7, Key = "bytes", Value = "AP/+gA==", Encoding = SetValueRequest_encoding.Base64, Ttl = 60, Once = true },
    request => request.Headers.Add("If-None-Match", "*"));
var peek = await kv.PostAsync(new GetValueRequest { Database = 7, Key = "bytes", Peek = true });
Check(peek is { Value: null, Encoding: GetValueResponse_encoding.Base64, Once: true, Size: 4, ExpiresAt: not null }, "a peek returns the metadata");

var bytes = await kv.PostAsync(new GetValueRequest { Database = 7, Key = "bytes" });
Check(bytes is { Value: "AP/+gA==", Encoding: GetValueResponse_encoding.Base64 } && bytes.ExpiresAt == peek!.ExpiresAt, "a read-once value is read after the peek");

await kv.PutAsync(new SetValueRequest { Key = "text", Value = "again", Encoding = SetValueRequest_encoding.Text, Overwrite = true });
await CheckRefusalAsync(409, () => kv.PutAsync(new SetValueRequest { Key = "text", Value = "once more" }));
await CheckRefusalAsync(410, () => kv.PostAsync(new GetValueRequest { Database = 7, Key = "bytes" }));
await CheckRefusalAsync(404, () => kv.PostAsync(new GetValueRequest { Database = 7, Key = "never set" }));

var deleted = await kv.DeleteAsync(new DeleteValueRequest { Key = "text" });
Check(deleted?.Status == StatusResponse_status.Success, "a delete succeeds");
return 0;

static async Task CheckRefusalAsync<TResponse>(int status, Func<Task<TResponse>> call)
{
    try
    {
        await call();
    }
    catch (ApiException problem)
    {
        var detail = problem is AlreadyReadProblem gone ? gone.Detail : (problem as ProblemDetails)?.Detail;
        Check(problem.ResponseStatusCode == status && detail?.Length > 0, $"a refusal with {status} has a detail");
        return;
    }

    Check(false, $"the request is refused with {status}");
}

static void Check(bool holds, string expectation)
{
    if (!holds)
    {
        throw new InvalidOperationException($"Wrong: {expectation}.");
    }
}
