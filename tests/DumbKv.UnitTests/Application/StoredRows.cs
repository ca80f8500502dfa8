using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using DumbKv.UnitTests.Domain;

namespace DumbKv.UnitTests.Application;

/// <summary>The rows of a store in memory, in batches of two.</summary>
internal sealed class StoredRows(params IEnumerable<Entry> rows) : IEntryScanner
{
    private readonly List<Entry> _rows = [.. rows];

    public IReadOnlyList<Entry> Rows => _rows;

    /// <summary>Runs after each batch that is added.</summary>
    public Action<List<Entry>> AfterAdd { get; set; } = _ => { };

    public static Entry Of(string key, string value = "v", int database = 0, DateTimeOffset? expiresAt = null, EntryFlags flags = EntryFlags.None)
    {
        using var keys = new EntryCipher(StoreKey.None).Derive(database, UseCases.Key(key));
        return EntryCipher.Seal(keys, System.Text.Encoding.UTF8.GetBytes(value), expiresAt, flags);
    }

    public Task<long> CountAsync(CancellationToken cancellationToken) => Task.FromResult((long)_rows.Count);

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var batch in _rows.Chunk(2))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return batch;
        }
    }

    public Task<IReadOnlyList<Entry>> FindAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Entry>>([.. _rows.Where(row => batch.Any(wanted => IsSamePlace(row, wanted))).Select(row => EntryCopy.Of(row))]);

    public Task AddAsync(IReadOnlyList<Entry> batch, CancellationToken cancellationToken)
    {
        _rows.AddRange(batch.Where(added => !_rows.Exists(row => IsSamePlace(row, added))).ToList());
        AfterAdd(_rows);
        return Task.CompletedTask;
    }

    private static bool IsSamePlace(Entry one, Entry other) => one.Database == other.Database && one.Lookup.AsSpan().SequenceEqual(other.Lookup);
}
