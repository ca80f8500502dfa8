using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class GetEntryTests
{
    private const int TagBytes = 16;

    private readonly UseCases _useCases = new();

    [TearDown]
    public void DisposeUseCases() => _useCases.Dispose();

    [Test]
    public async Task A_value_is_returned_with_its_version_expiry_and_kind()
    {
        var put = await _useCases.PutAsync("v", binary: true, ttl: 60);

        var result = await _useCases.GetAsync();

        UseCases.TextOf(result).Should().Be("v");
        result.Should().BeEquivalentTo(new { Outcome = GetOutcome.Found, put.Version, Binary = true, put.ExpiresAt, Once = false });
    }

    [Test]
    public async Task A_value_without_a_time_to_live_has_no_expiry_and_can_be_read_again()
    {
        await _useCases.PutAsync("v");

        var first = await _useCases.GetAsync();
        var second = await _useCases.GetAsync();

        first.Should().BeEquivalentTo(new { Binary = false, ExpiresAt = (DateTimeOffset?)null, Once = false });
        second.Outcome.Should().Be(GetOutcome.Found);
    }

    [Test]
    public async Task A_key_that_was_never_set_is_missing_and_audited()
    {
        var result = await _useCases.GetAsync("unknown");

        result.Should().Be(new GetResult(GetOutcome.Missing));
        _useCases.Audited.Should().ContainSingle().Which.Lookup.Should().Equal(_useCases.IdOf("unknown").Lookup);
        _useCases.Reserved.Should().BeEmpty();
        _useCases.Metrics.Operations.Should().Equal("get missing");
    }

    [TestCase(9_999, GetOutcome.Found)]
    [TestCase(10_000, GetOutcome.Missing)]
    public async Task A_value_is_missing_from_its_expiry_on(int milliseconds, GetOutcome expected)
    {
        await _useCases.PutAsync(ttl: 10);
        _useCases.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        (await _useCases.GetAsync()).Outcome.Should().Be(expected);
    }

    [Test]
    public async Task A_read_once_value_is_read_once()
    {
        await _useCases.PutAsync("v", once: true);

        var first = await _useCases.GetAsync();
        var second = await _useCases.GetAsync();

        UseCases.TextOf(first).Should().Be("v");
        first.Once.Should().BeTrue();
        second.Should().Be(new GetResult(GetOutcome.AlreadyRead, Version: first.Version, ReadAt: _useCases.Time.GetUtcNow()));
        _useCases.Metrics.Operations.Should().Equal("set stored", "get found", "get already_read");
    }

    [TestCase(7, -1, GetOutcome.AlreadyRead)]
    [TestCase(7, 0, GetOutcome.Missing)]
    [TestCase(0, -1, GetOutcome.Missing)]
    [TestCase(0, -86_400_000, GetOutcome.Missing, Description = "The clock was set back.")]
    [TestCase(365, -86_400_000, GetOutcome.AlreadyRead)]
    public async Task A_receipt_is_reported_for_the_days_of_the_setting(int days, int milliseconds, GetOutcome expected)
    {
        await _useCases.PutAsync("v", once: true);
        await _useCases.GetAsync();
        _useCases.Limits = _useCases.Limits with { ReceiptRetention = TimeSpan.FromDays(days) };

        _useCases.Time.AdjustTime(_useCases.Time.GetUtcNow().AddDays(days).AddMilliseconds(milliseconds));

        (await _useCases.GetAsync()).Outcome.Should().Be(expected);
        (await _useCases.GetAsync(peek: true)).Outcome.Should().Be(expected);
        _useCases.Store.Rows.Should().ContainSingle("the sweeper removes the receipt");
    }

    [Test]
    public async Task A_value_can_be_set_where_a_receipt_is_and_has_a_receipt_of_its_own()
    {
        await _useCases.PutAsync("first", once: true);
        await _useCases.GetAsync();

        var put = await _useCases.PutAsync("second", once: true);
        var get = await _useCases.GetAsync();
        var later = await _useCases.GetAsync();

        put.Outcome.Should().Be(PutOutcome.Stored);
        UseCases.TextOf(get).Should().Be("second");
        later.Should().BeEquivalentTo(new { Outcome = GetOutcome.AlreadyRead, put.Version });
    }

    [Test]
    public async Task A_delete_removes_a_receipt_and_leaves_none()
    {
        await _useCases.PutAsync("v", once: true);
        await _useCases.GetAsync();

        await _useCases.DeleteAsync();

        (await _useCases.GetAsync()).Outcome.Should().Be(GetOutcome.Missing);
        _useCases.Store.Rows.Should().BeEmpty();
    }

    [Test]
    public async Task A_receipt_that_was_altered_is_damaged()
    {
        await _useCases.PutAsync("v", once: true);
        await _useCases.GetAsync();
        _useCases.Store.Replace(Altered(_useCases.Store.Rows.Single()));

        (await _useCases.GetAsync()).Outcome.Should().Be(GetOutcome.Damaged);
    }

    [Test]
    public async Task A_read_that_another_read_overtook_reports_the_other_read()
    {
        await _useCases.PutAsync("v", once: true);
        _useCases.Store.AfterRead = async read =>
        {
            if (read == 1)
            {
                (await _useCases.GetAsync()).Outcome.Should().Be(GetOutcome.Found);
            }
        };

        (await _useCases.GetAsync()).Outcome.Should().Be(GetOutcome.AlreadyRead);
    }

    [Test]
    public async Task A_peek_keeps_a_read_once_value_and_is_counted_and_audited_as_a_peek()
    {
        var put = await _useCases.PutAsync("v", once: true);

        var peek = await _useCases.GetAsync(peek: true);
        var missing = await _useCases.GetAsync("unknown", peek: true);
        var get = await _useCases.GetAsync();

        peek.Should().BeEquivalentTo(new { Outcome = GetOutcome.Found, put.Version, Once = true });
        missing.Outcome.Should().Be(GetOutcome.Missing);
        get.Outcome.Should().Be(GetOutcome.Found);
        _useCases.Metrics.Operations.Should().Equal("set stored", "peek found", "peek missing", "get found");
        _useCases.Audited.Should().HaveCount(4);
        _useCases.Reserved.Should().Equal([1 + TagBytes, 1 + TagBytes], "a peek decrypts the value too");
    }

    [Test]
    public async Task A_request_that_is_cancelled_during_the_read_of_a_read_once_value_consumes_it()
    {
        await _useCases.PutAsync(once: true);
        using var caller = new CancellationTokenSource();
        _useCases.Store.BeforeWrite = caller.Cancel;

        var result = await _useCases.GetAsync(cancellationToken: caller.Token);

        result.Outcome.Should().Be(GetOutcome.Found);
        _useCases.Store.Rows.Single().IsReceipt.Should().BeTrue();
    }

    [Test]
    public async Task A_request_that_is_cancelled_before_the_read_consumes_no_value()
    {
        await _useCases.PutAsync(once: true);

        var get = async () => await _useCases.GetAsync(cancellationToken: new CancellationToken(canceled: true));

        await get.Should().ThrowAsync<OperationCanceledException>();
        _useCases.Store.Rows.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().EndWith("get failed");
    }

    [Test]
    public async Task A_read_once_value_stays_when_its_receipt_cannot_be_written()
    {
        await _useCases.PutAsync(once: true);
        _useCases.Store.BeforeWrite = () => throw new StoreUnavailableException("away");

        var get = async () => await _useCases.GetAsync();

        await get.Should().ThrowAsync<StoreUnavailableException>();
        _useCases.Store.Rows.Single().IsOnce.Should().BeTrue();
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_read_once_value_that_is_replaced_during_the_read_is_read_again(int replacements)
    {
        await _useCases.PutAsync("0", once: true);
        _useCases.Store.AfterRead = async read =>
        {
            if (read <= replacements)
            {
                await _useCases.PutAsync($"{read}", once: true, overwrite: true);
            }
        };

        var result = await _useCases.GetAsync();

        UseCases.TextOf(result).Should().Be($"{replacements}");
        _useCases.Store.Rows.Single().IsReceipt.Should().BeTrue();
    }

    [Test]
    public async Task A_read_once_value_that_is_replaced_three_times_is_unavailable_and_stays()
    {
        await _useCases.PutAsync("0", once: true);
        _useCases.Store.AfterRead = async read => await _useCases.PutAsync($"{read}", once: true, overwrite: true);

        var get = async () => await _useCases.GetAsync();

        (await get.Should().ThrowAsync<StoreUnavailableException>()).WithMessage("The value was replaced several times during this read. Try again in a moment.");
        _useCases.Store.Reads.Should().Be(3);
        _useCases.Store.Rows.Should().ContainSingle();
    }

    [Test]
    public async Task A_read_reserves_the_size_of_the_encrypted_value()
    {
        await _useCases.PutAsync("12345");

        await _useCases.GetAsync();

        _useCases.Reserved.Should().Equal(5 + TagBytes);
    }

    [Test]
    public async Task A_replaced_read_once_value_reserves_the_size_of_each_value_that_is_read()
    {
        await _useCases.PutAsync("12", once: true);
        _useCases.Store.AfterRead = async read =>
        {
            if (read <= 2)
            {
                await _useCases.PutAsync(read == 1 ? "12345" : "1", once: true, overwrite: true);
            }
        };

        await _useCases.GetAsync();

        _useCases.Reserved.Should().Equal(2 + TagBytes, 5 + TagBytes, 1 + TagBytes);
    }

    [Test]
    public async Task A_read_without_memory_is_unavailable_and_consumes_no_value()
    {
        await _useCases.PutAsync("12345", once: true);
        _useCases.Budget = 5 + TagBytes - 1;

        var get = async () => await _useCases.GetAsync();

        (await get.Should().ThrowAsync<StoreUnavailableException>()).WithMessage("The server is busy with large values. Try again in a moment.");
        _useCases.Store.Rows.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().EndWith("get failed");
    }

    [Test]
    public async Task A_row_that_was_altered_is_damaged_and_reported_by_its_fingerprint()
    {
        await _useCases.PutAsync("v", once: true);
        _useCases.Store.Replace(Altered(_useCases.Store.Rows.Single()));

        var result = await _useCases.GetAsync();

        result.Should().Be(new GetResult(GetOutcome.Damaged));
        _useCases.Store.Rows.Should().ContainSingle("a row that does not open should not be consumed");
        _useCases.Metrics.Values("dumbkv.integrity_failures").Should().Equal(0, 1);
        _useCases.Metrics.Operations.Should().EndWith("get damaged");
        _useCases.Log.Lines.Should().Equal($"Error: Entry {_useCases.IdOf().Fingerprint} cannot be decrypted: its row was altered or moved in the database");
    }

    [Test]
    public async Task A_row_that_was_moved_to_another_key_is_damaged()
    {
        await _useCases.PutAsync("v");
        var row = _useCases.Store.Rows.Single();
        _useCases.Store.Replace(new Entry
        {
            Database = 0,
            Lookup = _useCases.IdOf("other").Lookup,
            Version = row.Version,
            ExpiresAt = row.ExpiresAt,
            Flags = row.Flags,
            Sealed = row.Sealed,
        });

        (await _useCases.GetAsync("other")).Outcome.Should().Be(GetOutcome.Damaged);
    }

    private static Entry Altered(Entry row) => new()
    {
        Database = row.Database,
        Lookup = row.Lookup,
        Version = row.Version,
        ExpiresAt = row.ExpiresAt,
        Flags = row.Flags,
        Sealed = row.Sealed.ToArray().Select(value => (byte)~value).ToArray(),
    };
}
