using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class DeleteEntryTests
{
    private readonly UseCases _useCases = new();

    [TearDown]
    public void DisposeUseCases() => _useCases.Dispose();

    [Test]
    public async Task A_value_is_deleted()
    {
        await _useCases.PutAsync();
        _useCases.Audited.Clear();

        var outcome = await _useCases.DeleteAsync();

        outcome.Should().Be(DeleteOutcome.Deleted);
        _useCases.Store.Rows.Should().BeEmpty();
        _useCases.Audited.Should().ContainSingle().Which.Lookup.Should().Equal(_useCases.IdOf().Lookup);
        _useCases.Metrics.Operations.Should().Equal("set stored", "delete deleted");
    }

    [Test]
    public async Task A_delete_of_a_missing_value_is_missing()
    {
        await _useCases.PutAsync(key: "other");

        var outcome = await _useCases.DeleteAsync();

        outcome.Should().Be(DeleteOutcome.Missing);
        _useCases.Store.Rows.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().EndWith("delete missing");
    }

    [Test]
    public async Task The_expected_version_is_deleted()
    {
        var version = (await _useCases.PutAsync()).Version;

        (await _useCases.DeleteAsync(Precondition.Is(version))).Should().Be(DeleteOutcome.Deleted);
    }

    [Test]
    public async Task Another_version_is_kept()
    {
        await _useCases.PutAsync();

        var outcome = await _useCases.DeleteAsync(Precondition.Is(EntryVersion.New()));

        outcome.Should().Be(DeleteOutcome.PreconditionFailed);
        _useCases.Store.Rows.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().EndWith("delete precondition_failed");
    }

    [Test]
    public async Task An_expired_value_counts_as_absent_for_a_conditional_delete()
    {
        await _useCases.PutAsync(ttl: 10);
        _useCases.Time.Advance(TimeSpan.FromSeconds(10));

        (await _useCases.DeleteAsync(Precondition.Present)).Should().Be(DeleteOutcome.PreconditionFailed);
    }

    [Test]
    public async Task A_request_that_is_cancelled_before_the_delete_deletes_nothing()
    {
        await _useCases.PutAsync();

        var delete = async () => await _useCases.DeleteAsync(cancellationToken: new CancellationToken(canceled: true));

        await delete.Should().ThrowAsync<OperationCanceledException>();
        _useCases.Store.Rows.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().EndWith("delete failed");
    }

    [Test]
    public async Task A_request_that_is_cancelled_during_the_delete_still_deletes()
    {
        await _useCases.PutAsync();
        using var caller = new CancellationTokenSource();
        _useCases.Store.BeforeWrite = caller.Cancel;

        var outcome = await _useCases.DeleteAsync(cancellationToken: caller.Token);

        outcome.Should().Be(DeleteOutcome.Deleted);
    }

    [Test]
    public async Task A_delete_that_fails_is_audited_and_counts_as_failed()
    {
        _useCases.Store.BeforeWrite = () => throw new StoreUnavailableException("away");

        var delete = async () => await _useCases.DeleteAsync();

        await delete.Should().ThrowAsync<StoreUnavailableException>();
        _useCases.Audited.Should().ContainSingle();
        _useCases.Metrics.Operations.Should().Equal("delete failed");
    }
}
