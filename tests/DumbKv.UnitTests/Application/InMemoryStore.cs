using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.UnitTests.Domain;

namespace DumbKv.UnitTests.Application;

/// <summary>A store of rows in a dictionary. <see cref="Infrastructure.EntryStoreTests"/> shows that it behaves like the SQLite store.</summary>
internal sealed class InMemoryStore : IEntryStore
{
    private readonly Dictionary<(int Database, string Lookup), Entry> _rows = [];

    public IReadOnlyCollection<Entry> Rows => _rows.Values;

    public int Reads { get; private set; }

    public bool IsReady { get; set; } = true;

    /// <summary>Runs after each read and before the reader gets its row. The number counts the reads from 1.</summary>
    public Func<int, Task> AfterRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs before each write and delete.</summary>
    public Action BeforeWrite { get; set; } = () => { };

    public void ThrowIfNotReady()
    {
        if (!IsReady)
        {
            throw new StoreUnavailableException("not ready");
        }
    }

    public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entry = _rows.GetValueOrDefault(KeyOf(id));
        if (entry is not null)
        {
            budget.Reserve(entry.Sealed.Length); // Of small values too, which a real store does not count.
        }

        await AfterRead(++Reads);
        return entry is null ? null : EntryCopy.Of(entry);
    }

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        BeforeWrite();
        var id = new EntryId(entry.Database, entry.Lookup);
        if (!Holds(condition, id, now))
        {
            return ValueTask.FromResult(false);
        }

        Replace(entry);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => WriteAsync(receipt, Precondition.Is(read), now);

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now)
    {
        BeforeWrite();
        return ValueTask.FromResult(Holds(condition, id, now) && _rows.Remove(KeyOf(id)));
    }

    /// <summary>Replaces a row directly, like an attacker who can write to the database.</summary>
    public void Replace(Entry entry) => _rows[KeyOf(new EntryId(entry.Database, entry.Lookup))] = entry;

    private bool Holds(Precondition condition, EntryId id, DateTimeOffset now)
    {
        var present = _rows.GetValueOrDefault(KeyOf(id)) is { } row && !row.IsExpired(now) ? row : null;
        return condition.Kind switch
        {
            PreconditionKind.None => true,
            PreconditionKind.Absent => present is null,
            PreconditionKind.Present => present is not null,
            _ => present is not null && condition.Version is { } version && version.ToBytes().AsSpan().SequenceEqual(present.Version),
        };
    }

    private static (int Database, string Lookup) KeyOf(EntryId id) => (id.Database, Convert.ToHexString(id.Lookup));
}
