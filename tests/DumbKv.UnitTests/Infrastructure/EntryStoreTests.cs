using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using DumbKv.UnitTests.Application;
using FluentAssertions;

namespace DumbKv.UnitTests.Infrastructure;

/// <summary>What a use case can expect of a store. The store in memory that other tests use behaves like SQLite.</summary>
[TestFixture(true)]
[TestFixture(false)]
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class EntryStoreTests(bool isSqlite)
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly EntryCipher _cipher = new(null);
    private SqliteServices? _sqlite;
    private IEntryStore _store = null!;

    public enum Row
    {
        Missing,
        Present,
        Expired,
        Receipt,
    }

    public enum Condition
    {
        None,
        Absent,
        Present,
        ItsVersion,
        AnotherVersion,
        NoVersion,
    }

    [OneTimeSetUp]
    public async Task CreateStore()
    {
        _sqlite = isSqlite ? await SqliteServices.CreateInMemoryAsync() : null;
        _store = _sqlite?.Get<IEntryStore>() ?? new InMemoryStore();
    }

    [OneTimeTearDown]
    public async Task DeleteStore()
    {
        if (_sqlite is not null)
        {
            await _sqlite.DisposeAsync();
        }
    }

    [Test]
    public async Task A_write_happens_if_its_condition_holds([Values] Row row, [Values] Condition condition)
    {
        var before = await PutAsync(row);
        var entry = Seal(2, expiresAt: null);

        var isWritten = await _store.WriteAsync(entry, ToPrecondition(condition, before), Noon);

        isWritten.Should().Be(Holds(condition, row));
        var found = await _store.FindAsync(new EntryId(0, entry.Lookup), IReadBudget.Unlimited, CancellationToken.None);
        found.Should().BeEquivalentTo(isWritten ? entry : before);
    }

    [Test]
    public async Task A_delete_happens_if_its_condition_holds(
        [Values] Row row, [Values(Condition.None, Condition.Present, Condition.ItsVersion, Condition.AnotherVersion, Condition.NoVersion)] Condition condition)
    {
        var before = await PutAsync(row);
        var id = new EntryId(0, Seal(1, null).Lookup);

        var isDeleted = await _store.DeleteAsync(id, ToPrecondition(condition, before), Noon);

        isDeleted.Should().Be(Holds(condition, row) && before is not null);
        (await _store.FindAsync(id, IReadBudget.Unlimited, CancellationToken.None)).Should().BeEquivalentTo(isDeleted ? null : before);
    }

    [Test]
    public async Task An_entry_is_consumed_by_its_version_until_it_expires([Values] Row row, [Values(true, false)] bool isItsVersion)
    {
        var before = await PutAsync(row);
        var read = isItsVersion && before is not null ? EntryVersion.FromBytes(before.Version) : EntryVersion.New();
        var receipt = SealReceipt();

        var isConsumed = await _store.ConsumeAsync(receipt, read, Noon);

        isConsumed.Should().Be(row == Row.Present && isItsVersion);
        (await _store.FindAsync(new EntryId(0, receipt.Lookup), IReadBudget.Unlimited, CancellationToken.None)).Should().BeEquivalentTo(isConsumed ? receipt : before);
    }

    private async Task<Entry?> PutAsync(Row row)
    {
        if (row == Row.Missing)
        {
            return null;
        }

        // The row is expired from this moment on.
        var entry = row == Row.Receipt ? SealReceipt() : Seal(1, expiresAt: row == Row.Expired ? Noon : Noon.AddMilliseconds(1));
        (await _store.WriteAsync(entry, Precondition.None, Noon)).Should().BeTrue();
        return entry;
    }

    /// <summary>Each test has its own key.</summary>
    private Entry Seal(byte value, DateTimeOffset? expiresAt)
    {
        using var keys = _cipher.Derive(0, UseCases.Key(TestContext.CurrentContext.Test.Name));
        return EntryCipher.Seal(keys, [value], expiresAt, EntryFlags.Binary);
    }

    private Entry SealReceipt()
    {
        using var keys = _cipher.Derive(0, UseCases.Key(TestContext.CurrentContext.Test.Name));
        return EntryCipher.SealReceipt(keys, EntryVersion.New(), Noon);
    }

    private static Precondition ToPrecondition(Condition condition, Entry? before) => condition switch
    {
        Condition.None => Precondition.None,
        Condition.Absent => Precondition.Absent,
        Condition.Present => Precondition.Present,
        Condition.ItsVersion when before is not null => Precondition.Is(EntryVersion.FromBytes(before.Version)),
        Condition.ItsVersion or Condition.AnotherVersion => Precondition.Is(EntryVersion.New()),
        _ => Precondition.Is(null),
    };

    private static bool Holds(Condition condition, Row row) => condition switch
    {
        Condition.None => true,
        Condition.Absent => row != Row.Present,
        Condition.Present or Condition.ItsVersion => row == Row.Present,
        _ => false,
    };
}
