using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class PutEntryTests
{
    private readonly UseCases _useCases = new();

    [TearDown]
    public void DisposeUseCases() => _useCases.Dispose();

    [Test]
    public async Task A_new_value_is_stored_and_reads_back()
    {
        var result = await _useCases.PutAsync("v");

        var read = await _useCases.GetAsync();
        UseCases.TextOf(read).Should().Be("v");
        result.Should().Be(new PutResult(PutOutcome.Stored, read.Version));
        _useCases.Metrics.Operations.Should().Equal("set stored", "get found");
    }

    [Test]
    public async Task An_existing_value_is_kept()
    {
        await _useCases.PutAsync("first");

        var result = await _useCases.PutAsync("second");

        result.Should().Be(new PutResult(PutOutcome.Exists));
        UseCases.TextOf(await _useCases.GetAsync()).Should().Be("first");
        _useCases.Metrics.Operations.Should().Contain("set exists");
    }

    [Test]
    public async Task An_overwrite_replaces_value_version_flags_and_expiry()
    {
        var first = await _useCases.PutAsync("first", once: true, ttl: 60);

        var second = await _useCases.PutAsync("second", binary: true, overwrite: true);

        second.Version.Should().NotBe(first.Version);
        _useCases.Store.Rows.Should().ContainSingle().Which.Should().Match<Entry>(row => row.Flags == EntryFlags.Binary && row.ExpiresAt == null);
        UseCases.TextOf(await _useCases.GetAsync()).Should().Be("second");
    }

    [Test]
    public async Task An_overwrite_creates_a_missing_value()
    {
        (await _useCases.PutAsync(overwrite: true)).Outcome.Should().Be(PutOutcome.Stored);
    }

    [Test]
    public async Task An_expired_value_counts_as_absent()
    {
        await _useCases.PutAsync("old", ttl: 10);
        _useCases.Time.Advance(TimeSpan.FromSeconds(10));

        var result = await _useCases.PutAsync("new");

        result.Outcome.Should().Be(PutOutcome.Stored);
        UseCases.TextOf(await _useCases.GetAsync()).Should().Be("new");
    }

    [Test]
    public async Task A_time_to_live_counts_from_the_write()
    {
        var result = await _useCases.PutAsync(ttl: 10);

        result.ExpiresAt.Should().Be(_useCases.Time.GetUtcNow().AddSeconds(10));
        _useCases.Store.Rows.Single().ExpiresAt.Should().Be(result.ExpiresAt!.Value.ToUnixTimeMilliseconds());
    }

    /// <summary>With a precondition, overwrite has no effect.</summary>
    [Test]
    public async Task A_precondition_decides_with_or_without_overwrite(
        [Values(PreconditionKind.Absent, PreconditionKind.Present, PreconditionKind.Version)] PreconditionKind kind, [Values] bool isThere, [Values] bool overwrite)
    {
        var version = isThere ? (await _useCases.PutAsync("first")).Version : EntryVersion.New();

        var result = await _useCases.PutAsync("second", overwrite: overwrite, condition: kind switch
        {
            PreconditionKind.Absent => Precondition.Absent,
            PreconditionKind.Present => Precondition.Present,
            _ => Precondition.Is(version),
        });

        result.Outcome.Should().Be(isThere == (kind != PreconditionKind.Absent) ? PutOutcome.Stored : PutOutcome.PreconditionFailed);
        _useCases.Metrics.Operations.Last().Should().Be(result.Outcome == PutOutcome.Stored ? "set stored" : "set precondition_failed");
    }

    [Test]
    public async Task Another_version_or_an_impossible_one_keeps_the_value()
    {
        await _useCases.PutAsync("first");

        var other = await _useCases.PutAsync("second", condition: Precondition.Is(EntryVersion.New()));
        var impossible = await _useCases.PutAsync("second", condition: Precondition.Is(null));

        other.Should().Be(new PutResult(PutOutcome.PreconditionFailed));
        impossible.Should().Be(new PutResult(PutOutcome.PreconditionFailed));
        UseCases.TextOf(await _useCases.GetAsync()).Should().Be("first");
    }

    [Test]
    public async Task A_value_of_the_maximum_size_is_stored()
    {
        (await _useCases.PutAsync(new string('x', UseCases.MaxValueBytes))).Outcome.Should().Be(PutOutcome.Stored);
    }

    [Test]
    public async Task A_larger_value_is_refused_before_its_key_is_used()
    {
        var result = await _useCases.PutAsync(new string('x', UseCases.MaxValueBytes + 1));

        result.Should().Be(new PutResult(PutOutcome.TooLarge));
        _useCases.Audited.Should().BeEmpty();
        _useCases.Store.Rows.Should().BeEmpty();
        _useCases.Metrics.Operations.Should().Equal("set too_large");
    }

    [TestCase(false, false, EntryFlags.None)]
    [TestCase(true, false, EntryFlags.Once)]
    [TestCase(false, true, EntryFlags.Binary)]
    [TestCase(true, true, EntryFlags.Once | EntryFlags.Binary)]
    public async Task The_row_records_read_once_and_binary(bool once, bool binary, EntryFlags expected)
    {
        await _useCases.PutAsync(once: once, binary: binary);

        _useCases.Store.Rows.Single().Flags.Should().Be(expected);
    }

    [Test]
    public async Task One_key_has_a_value_in_each_database()
    {
        await _useCases.PutAsync("zero");
        var one = UseCases.Put("one");

        var result = await _useCases.PutAsync(new PutEntry { Database = 1, Key = one.Key, Value = one.Value });

        result.Outcome.Should().Be(PutOutcome.Stored);
        UseCases.TextOf(await _useCases.GetAsync(database: 1)).Should().Be("one");
        UseCases.TextOf(await _useCases.GetAsync(database: 0)).Should().Be("zero");
    }

    [Test]
    public async Task A_request_that_is_cancelled_before_the_write_writes_nothing()
    {
        var put = async () => await _useCases.PutAsync(UseCases.Put(), new CancellationToken(canceled: true));

        await put.Should().ThrowAsync<OperationCanceledException>();
        _useCases.Store.Rows.Should().BeEmpty();
        _useCases.Audited.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().Equal("set failed");
    }

    [Test]
    public async Task A_request_that_is_cancelled_during_the_write_still_writes()
    {
        using var caller = new CancellationTokenSource();
        _useCases.Store.BeforeWrite = caller.Cancel;

        var result = await _useCases.PutAsync(UseCases.Put(), caller.Token);

        result.Outcome.Should().Be(PutOutcome.Stored);
        _useCases.Store.Rows.Should().ContainSingle();
    }

    [Test]
    public async Task A_write_that_fails_is_audited_and_counts_as_failed()
    {
        _useCases.Store.BeforeWrite = () => throw new StoreFullException("full");

        var put = async () => await _useCases.PutAsync();

        await put.Should().ThrowAsync<StoreFullException>();
        _useCases.Audited.Should().ContainSingle().Which.Lookup.Should().Equal(_useCases.IdOf().Lookup);
        _useCases.Metrics.Operations.Should().Equal("set failed");
        _useCases.Metrics.Of("dumbkv.operation.duration").Should().ContainSingle().Which.Tags.Should().Be("set");
    }
}
