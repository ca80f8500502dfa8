using System.Net;
using System.Text.Json;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The keys of end-to-end encryption are not for the server. A client that sends one is told.</summary>
public sealed class EndToEndKeyTests(StoreKind kind) : ServerTests(kind)
{
    private const string Made = "e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw";
    private const string Refusal = "This is an end-to-end key, and the server has now seen it. Make a new one.";

    protected override (string Name, string Value)[] Settings => [("MISSES_PER_MINUTE", "3")];

    private static string[] Leaks =>
    [
        Made, Made + "/db/password", "kv/" + Made, $"https://kv.example/#key={Made}&database=7", Made + Made, "e1-e1-" + Made, Made[..^1] + Made, new string('é', 30_000) + Made, Made + "x", "\0" + Made,
    ];

    private static string[] OtherKeys =>
    [
        Made[..^1], Made[3..], Made.ToUpperInvariant(), "e2" + Made[2..], Made[..^1] + "0", Made.Replace('-', '_'), Made.Replace("-", "", StringComparison.Ordinal), Made[..10] + "-" + Made[10..],
        "LOc3eq4JnV94Bdhrlegl44jT4MLVQF65xs_Sd1Cynjw", "e1-", "e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9cr\u00fc",
    ];

    [TestCaseSource(nameof(Leaks))]
    public async Task A_set_of_an_end_to_end_key_is_refused_and_stores_nothing(string key)
    {
        using var set = await Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = "v" }));
        using var overwrite = await Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = "v", overwrite = true }));
        using var conditional = await Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = "v" }), ifNoneMatch: "*");

        foreach (var response in new[] { set, overwrite, conditional })
        {
            response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await response.DetailAsync()).Should().Be(Refusal);
        }

        (await FindAsync(key)).Should().Be(GetOutcome.Missing);
    }

    [Test]
    public async Task A_read_or_delete_of_an_end_to_end_key_that_finds_nothing_is_refused([Values("POST", "DELETE")] string method, [Values] bool peek)
    {
        var body = method == "POST" ? JsonSerializer.Serialize(new { key = Made, peek }) : JsonSerializer.Serialize(new { key = Made });

        using var response = await Http.SendKvAsync(new HttpMethod(method), body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be(Refusal);
    }

    [Test]
    public async Task A_form_with_an_end_to_end_key_is_refused()
    {
        using var response = await Http.PutFormAsync(
            $"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{Made}\r\n--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n--b--\r\n");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be(Refusal);
    }

    [Test]
    public async Task A_refused_read_counts_as_a_failed_read()
    {
        for (var read = 0; read < 3; read++)
        {
            (await Http.PostKvAsync(JsonSerializer.Serialize(new { key = Made, peek = read == 1 }))).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        }

        using var limited = await Http.PostKvAsync(JsonSerializer.Serialize(new { key = Made }));

        limited.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
    }

    [Test]
    public async Task An_entry_of_an_earlier_version_with_such_a_key_can_be_peeked_read_and_deleted()
    {
        await WriteAsync(Made);

        using var peek = await Http.PostKvAsync(JsonSerializer.Serialize(new { key = Made, peek = true }));
        var value = await Http.ValueAsync(Made);
        using var replace = await Http.PutKvAsync(JsonSerializer.Serialize(new { key = Made, value = "another", overwrite = true }));
        var kept = await Http.ValueAsync(Made);
        using var delete = await Http.DeleteKvAsync(JsonSerializer.Serialize(new { key = Made }));

        peek.StatusCode.Should().Be(HttpStatusCode.OK);
        value.Should().Be("stored by an earlier version");
        replace.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        kept.Should().Be(value);
        delete.StatusCode.Should().Be(HttpStatusCode.OK);
        (await FindAsync(Made)).Should().Be(GetOutcome.Missing);
    }

    [TestCaseSource(nameof(OtherKeys))]
    public async Task A_key_of_another_form_is_an_ordinary_key(string key)
    {
        using var set = await Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = "v" }));

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync(key)).Should().Be("v");
    }

    [TestCase("get")]
    [TestCase("set")]
    [TestCase("delete")]
    public async Task The_page_without_its_script_refuses_an_end_to_end_key(string action)
    {
        await WriteAsync(Made);

        using var response = await Http.PostAsync("/", new FormUrlEncodedContent(
        [
            new("database", "0"), new("key", Made), new("value", "v"), new("action", action), new("confirmed", "yes"),
        ]));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        WebUtility.HtmlDecode(await response.TextAsync()).Should().Contain(Refusal).And.NotContain("stored by an earlier version");
        (await Http.ValueAsync(Made)).Should().Be("stored by an earlier version");
    }

    private async Task WriteAsync(string text)
    {
        SecretKey.TryCreate(text, out var key).Should().BeTrue();
        var result = await Server.Services.GetRequiredService<PutEntryHandler>().HandleAsync(
            new PutEntry { Database = 0, Key = key!, Value = "stored by an earlier version"u8.ToArray() }, IAuditTrail.None, CancellationToken.None);
        result.Outcome.Should().Be(PutOutcome.Stored);
    }

    private async Task<GetOutcome> FindAsync(string text)
    {
        SecretKey.TryCreate(text, out var key).Should().BeTrue();
        return (await Server.Services.GetRequiredService<GetEntryHandler>().HandleAsync(new GetEntry(0, key!, Peek: true), IAuditTrail.None, IReadBudget.Unlimited, CancellationToken.None)).Outcome;
    }
}
