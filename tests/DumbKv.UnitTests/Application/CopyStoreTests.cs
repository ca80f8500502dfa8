using DumbKv.Application.Maintenance;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class CopyStoreTests
{
    private readonly List<WorkProgress> _progress = [];

    [Test]
    public async Task All_rows_are_copied_into_an_empty_store()
    {
        var source = new StoredRows(StoredRows.Of("a"), StoredRows.Of("b"), StoredRows.Of("a", database: 1));
        var target = new StoredRows();

        var result = await CopyAsync(source, target);

        result.Should().Be(new CopyResult(CopyOutcome.Copied, Rows: 3, Present: 0, Conflicts: 0, DigestOf(source)));
        target.Rows.Should().Equal(source.Rows);
        _progress.Should().Equal(new WorkProgress("copying", 2, 3), new WorkProgress("copying", 3, 3));
    }

    [Test]
    public async Task An_interrupted_copy_is_completed_by_the_next_one()
    {
        var source = new StoredRows(StoredRows.Of("a"), StoredRows.Of("b"), StoredRows.Of("c"));
        var target = new StoredRows(source.Rows[1]);

        var result = await CopyAsync(source, target);

        result.Should().Be(new CopyResult(CopyOutcome.Copied, Rows: 3, Present: 1, Conflicts: 0, DigestOf(source)));
        target.Rows.Should().BeEquivalentTo(source.Rows);
        _progress.Should().StartWith([new WorkProgress("comparing", 2, 3), new WorkProgress("comparing", 3, 3)]);
    }

    [Test]
    public async Task Other_rows_of_the_target_stay()
    {
        var source = new StoredRows(StoredRows.Of("yours"));
        var mine = StoredRows.Of("mine");
        var target = new StoredRows(mine);

        var result = await CopyAsync(source, target);

        result.Should().Be(new CopyResult(CopyOutcome.Copied, Rows: 1, Present: 0, Conflicts: 0, DigestOf(source)));
        target.Rows.Should().BeEquivalentTo([mine, .. source.Rows]);
    }

    [Test]
    public async Task Another_row_with_the_same_primary_key_is_a_conflict_and_nothing_is_written()
    {
        var source = new StoredRows(StoredRows.Of("a"), StoredRows.Of("b"), StoredRows.Of("c"));
        var target = new StoredRows(StoredRows.Of("c", "other"), source.Rows[0]);

        var result = await CopyAsync(source, target);

        result.Should().Be(new CopyResult(CopyOutcome.Conflicting, Rows: 0, Present: 1, Conflicts: 1, Digest: ""));
        target.Rows.Should().HaveCount(2);
    }

    [Test]
    public async Task A_target_that_lost_a_row_meanwhile_is_not_verified()
    {
        var source = new StoredRows(StoredRows.Of("a"));
        var target = new StoredRows { AfterAdd = rows => rows.Clear() };

        (await CopyAsync(source, target)).Outcome.Should().Be(CopyOutcome.Unverified);
    }

    [Test]
    public async Task A_target_that_changed_a_row_meanwhile_is_not_verified()
    {
        var source = new StoredRows(StoredRows.Of("a"));
        var target = new StoredRows { AfterAdd = rows => rows[0] = StoredRows.Of("a", "changed") };

        (await CopyAsync(source, target)).Outcome.Should().Be(CopyOutcome.Unverified);
    }

    [Test]
    public async Task A_copy_needs_no_progress_callback()
    {
        var source = new StoredRows(StoredRows.Of("a"));
        var target = new StoredRows(StoredRows.Of("b"));

        var result = await CopyStoreHandler.HandleAsync(new CopyStore(source, target), CancellationToken.None);

        result.Outcome.Should().Be(CopyOutcome.Copied);
    }

    private Task<CopyResult> CopyAsync(StoredRows source, StoredRows target) =>
        CopyStoreHandler.HandleAsync(new CopyStore(source, target, _progress.Add), CancellationToken.None);

    private static string DigestOf(StoredRows store)
    {
        var digest = new ContentsDigest();
        digest.Add(store.Rows);
        return digest.ToString();
    }
}
