using System.Globalization;
using System.Net;
using System.Text.Json;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Http;

/// <summary>After a read-once value was read, the server reports for some days that and when it was read.</summary>
public sealed class ReceiptTests(StoreKind kind) : ServerTests(kind)
{
    private const string Get = """{"key": "k"}""";
    private const string Peek = """{"key": "k", "peek": true}""";
    private const string SetOnce = """{"key": "k", "value": "secret", "once": true}""";

    // One failed read makes the next read 429.
    protected override (string Name, string Value)[] Settings => [("MISSES_PER_MINUTE", "1")];

    [TestCase(Get, "application/json")]
    [TestCase(Peek, "*/*")]
    [TestCase(Get, "text/plain")]
    public async Task A_value_that_was_read_is_410_with_the_time_of_the_read_and_the_version_of_the_set(string request, string accept)
    {
        Http.DefaultRequestHeaders.Add("Accept", accept);
        using var set = await Http.PutKvAsync(SetOnce);
        Server.Time.Advance(TimeSpan.FromMilliseconds(61_001));
        (await Http.ValueAsync("k")).Should().Be("secret");
        Server.Time.Advance(TimeSpan.FromHours(3));

        using var response = await Http.PostKvAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.Gone);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        response.Headers.ETag.Should().BeNull("no value has this version any more");
        (await response.TextAsync()).Should().NotContain("secret");
        using var problem = JsonDocument.Parse(await response.TextAsync());
        problem.RootElement.EnumerateObject().Select(member => (member.Name, member.Value.ToString())).Should().BeEquivalentTo(
        [
            ("type", "https://tools.ietf.org/html/rfc9110#section-15.5.11"),
            ("title", "Gone"),
            ("status", "410"),
            ("detail", "The value was read-once, and it was read at 2030-01-31T12:01:01.001Z. It is gone."),
            ("read_at", "2030-01-31T12:01:01.001Z"),
            ("etag", set.Headers.ETag!.ToString()),
        ]);
    }

    [Test]
    public async Task A_receipt_is_no_failed_read()
    {
        await ReadOnceAsync();

        for (var attempt = 0; attempt < 5; attempt++)
        {
            (await StatusAsync(Get)).Should().Be(HttpStatusCode.Gone);
        }

        (await StatusAsync("""{"key": "never set"}""")).Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task For_a_set_the_key_is_free()
    {
        await ReadOnceAsync();

        using var replace = await Http.PutKvAsync("""{"key": "k", "value": "new"}""", ifMatch: "*");
        using var create = await Http.PutKvAsync("""{"key": "k", "value": "new"}""", ifNoneMatch: "*");

        replace.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        create.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("new");
    }

    [Test]
    public async Task A_receipt_names_the_value_that_was_read_last()
    {
        var first = await ReadOnceAsync();
        var second = await ReadOnceAsync();

        second.Should().NotBe(first);
        (await ETagOfReceiptAsync()).Should().Be(second);
    }

    [Test]
    public async Task A_conditional_delete_of_what_was_read_is_412_and_keeps_the_receipt()
    {
        var version = await ReadOnceAsync();

        using var byVersion = await Http.DeleteKvAsync(Get, version);
        using var byPresence = await Http.DeleteKvAsync(Get, "*");

        byVersion.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        byPresence.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await StatusAsync(Get)).Should().Be(HttpStatusCode.Gone);
    }

    [Test]
    public async Task A_delete_removes_a_receipt()
    {
        await ReadOnceAsync();

        using var delete = await Http.DeleteKvAsync(Get);

        delete.StatusCode.Should().Be(HttpStatusCode.OK);
        (await StatusAsync(Get)).Should().Be(HttpStatusCode.NotFound);
        (await RowsAsync()).Should().Be(0);
    }

    [Test]
    public async Task A_value_that_was_deleted_or_has_expired_unread_leaves_no_receipt()
    {
        await Http.PutKvAsync(SetOnce);
        await Http.DeleteKvAsync(Get);
        (await RowsAsync()).Should().Be(0);

        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true, "ttl": 1}""");
        Server.Time.Advance(TimeSpan.FromSeconds(1));

        (await StatusAsync(Get)).Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_receipt_ends_after_seven_days_and_then_its_row_is_swept()
    {
        await ReadOnceAsync();
        await Http.PutKvAsync("""{"key": "stays", "value": "v"}""");
        Server.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1));
        (await StatusAsync(Get)).Should().Be(HttpStatusCode.Gone);
        (await SweepAsync()).Should().Be(0);

        Server.Time.Advance(TimeSpan.FromMilliseconds(1));

        (await StatusAsync(Get)).Should().Be(HttpStatusCode.NotFound);
        (await SweepAsync()).Should().BeInRange(0, 1, "the server sweeps too");
        (await RowsAsync()).Should().Be(1);
    }

    [Test]
    public async Task A_receipt_of_the_future_is_reported_and_kept_after_the_clock_was_set_back()
    {
        await ReadOnceAsync();

        Server.Time.AdjustTime(Server.Time.GetUtcNow().AddYears(-1));
        await SweepAsync();

        (await StatusAsync(Get)).Should().Be(HttpStatusCode.Gone);
        (await RowsAsync()).Should().Be(1);
    }

    [Test]
    public async Task The_backlog_counts_receipts_that_are_due_from_the_end_of_their_days()
    {
        await ReadOnceAsync();
        var end = Server.Time.GetUtcNow().AddDays(2);
        await Http.PutKvAsync("""{"key": "expires later", "value": "v", "ttl": 172801}""");
        var expired = Server.Services.GetRequiredService<IExpiredEntries>();

        var before = await expired.MeasureAsync(new SweepDue(end.AddMilliseconds(-1), TimeSpan.FromDays(2)), CancellationToken.None);
        var both = await expired.MeasureAsync(new SweepDue(end.AddMinutes(1), TimeSpan.FromDays(2)), CancellationToken.None);

        before.Should().Be(new ExpiredBacklog(0, null));
        both.Should().Be(new ExpiredBacklog(2, end));
    }

    [Test]
    public async Task A_value_set_after_its_receipt_was_found_due_is_not_swept()
    {
        await ReadOnceAsync();
        var expired = Server.Services.GetRequiredService<IExpiredEntries>();
        var due = new SweepDue(Server.Time.GetUtcNow().AddDays(8), TimeSpan.FromDays(7));
        var found = await expired.FindExpiredAsync(due, CancellationToken.None);

        var version = await ReadOnceAsync(at: TimeSpan.FromDays(8));
        var removed = await expired.RemoveExpiredAsync(found, due, CancellationToken.None);

        found.Should().HaveCount(1);
        removed.Should().Be(0);
        (await ETagOfReceiptAsync()).Should().Be(version);
    }

    [TestCase("UPDATE entries SET expires_at = expires_at - 1", TestName = "An_altered_receipt_is_500(time)")]
    [TestCase("UPDATE entries SET expires_at = NULL", TestName = "An_altered_receipt_is_500(no time)")]
    [TestCase("UPDATE entries SET expires_at = 4102444800000", TestName = "An_altered_receipt_is_500(an expiry)")]
    [TestCase("UPDATE entries SET flags = 5", TestName = "An_altered_receipt_is_500(flags)")]
    public async Task An_altered_receipt_is_500(string sql)
    {
        await ReadOnceAsync();
        await Store.ExecuteAsync(sql);

        (await StatusAsync(Get)).Should().Be(HttpStatusCode.InternalServerError);
    }

    [Test]
    public async Task A_value_that_is_turned_into_a_receipt_in_the_database_is_500()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "twelve bytes", "once": true}""");
        await Store.ExecuteAsync($"UPDATE entries SET flags = 4, expires_at = -{Server.Time.GetUtcNow().ToUnixTimeMilliseconds()}");

        (await StatusAsync(Get)).Should().Be(HttpStatusCode.InternalServerError);
    }

    [Test]
    public async Task The_page_says_when_the_value_was_read()
    {
        await ReadOnceAsync();

        using var response = await Http.PostAsync("/", new FormUrlEncodedContent(new Dictionary<string, string> { ["database"] = "0", ["key"] = "k", ["action"] = "get" }));

        response.StatusCode.Should().Be(HttpStatusCode.Gone);
        (await response.TextAsync()).Should().Contain("The value was read-once, and it was read at 2030-01-31T12:00:00.000Z. It is gone.");
    }

    /// <returns>The ETag of the set.</returns>
    private async Task<string> ReadOnceAsync(TimeSpan at = default)
    {
        Server.Time.Advance(at);
        using var set = await Http.PutKvAsync(SetOnce);
        set.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("secret");
        return set.Headers.ETag!.ToString();
    }

    private async Task<string?> ETagOfReceiptAsync()
    {
        using var response = await Http.PostKvAsync(Peek);
        response.StatusCode.Should().Be(HttpStatusCode.Gone);
        using var problem = JsonDocument.Parse(await response.TextAsync());
        return problem.RootElement.GetProperty("etag").GetString();
    }

    private async Task<HttpStatusCode> StatusAsync(string body)
    {
        using var response = await Http.PostKvAsync(body);
        return response.StatusCode;
    }

    private Task<long> SweepAsync() => Server.Services.GetRequiredService<SweepExpiredEntriesHandler>().HandleAsync(CancellationToken.None);

    private async Task<long> RowsAsync() => Convert.ToInt64(await Store.ExecuteAsync("SELECT count(*) FROM entries"), CultureInfo.InvariantCulture);
}

/// <summary>RECEIPT_DAYS=0.</summary>
public sealed class WithoutReceiptsTests(StoreKind kind) : ServerTests(kind)
{
    protected override (string Name, string Value)[] Settings => [("RECEIPT_DAYS", "0")];

    [Test]
    public async Task A_value_that_was_read_is_missing_and_its_receipt_is_swept()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "once": true}""");
        (await Http.ValueAsync("k")).Should().Be("v");
        (await Store.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be(1L, "a server with another setting can report it");

        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        await Server.Services.GetRequiredService<SweepExpiredEntriesHandler>().HandleAsync(CancellationToken.None);

        read.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await Store.ExecuteAsync("SELECT count(*) FROM entries")).Should().Be(0L);
    }
}
