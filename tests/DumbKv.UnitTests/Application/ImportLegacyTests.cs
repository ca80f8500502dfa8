using System.Runtime.CompilerServices;
using System.Text;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using DumbKv.UnitTests.Domain;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.UnitTests.Application;

public sealed class ImportLegacyTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly EntryCipher _cipher = new(StoreKey.New());
    private readonly RecordedLog<ImportLegacyHandler> _log = new();
    private readonly List<WorkProgress> _progress = [];
    private readonly ImportTarget _target = new();

    [Test]
    public async Task Every_value_opens_with_its_key_in_the_store()
    {
        var result = await ImportAsync(Row("1", "a", "value of a"), Row("2", "b", "value of b", database: 7), Row("3", "c", ""));

        result.Should().Be(new ImportResult(Imported: 3, Unreadable: 0, Conflicting: 0));
        result!.Staying.Should().Be(0);
        ValueOf("a").Should().Be("value of a");
        ValueOf("b", database: 7).Should().Be("value of b");
        ValueOf("c").Should().BeEmpty();
        _target.Entries.Should().OnlyContain(entry => entry.Flags == EntryFlags.None && entry.ExpiresAt == null);
        _target.Times.Should().OnlyContain(now => now == Noon);
        _progress.Should().Equal(new WorkProgress("importing", 2, 3), new WorkProgress("importing", 3, 3));
        _log.Lines.Should().BeEmpty();
    }

    [Test]
    public async Task A_value_that_is_not_text_becomes_binary()
    {
        await ImportAsync(new LegacyRow("1", 0, OriginalServer.ColumnOf("a"), OriginalServer.TokenOf("a", [0xFF])));

        _target.Entries.Single().Flags.Should().Be(EntryFlags.Binary);
    }

    [Test]
    public async Task Rows_that_the_original_did_not_write_stay_and_are_named()
    {
        var (column, token) = (OriginalServer.ColumnOf("a"), OriginalServer.TokenOf("a", "v"u8));

        var result = await ImportAsync(
            new LegacyRow("1", null, column, token),
            new LegacyRow("2", 0, null, token),
            new LegacyRow("3", 0, column, null),
            new LegacyRow("4", 0, "no key", token),
            new LegacyRow("5", 0, OriginalServer.ColumnOf("another"), token),
            Row("6", "a", "v"));

        result.Should().Be(new ImportResult(Imported: 1, Unreadable: 5, Conflicting: 0));
        result!.Staying.Should().Be(5);
        _progress.Select(progress => progress.Done).Should().Equal(2, 4, 6);
        ValueOf("a").Should().Be("v");
        _log.Lines.Should().Equal(Enumerable.Range(1, 5).Select(place =>
            $"Warning: Row {place} stays in the original's table kv: it cannot be decrypted, or the original did not write it"));
    }

    [Test]
    public async Task A_row_whose_key_has_another_value_stays_and_is_named()
    {
        _target.Put(Sealed("a", "newer"));

        var result = await ImportAsync(Row("1", "a", "older"), Row("2", "b", "v"));

        result.Should().Be(new ImportResult(Imported: 1, Unreadable: 0, Conflicting: 1));
        result!.Staying.Should().Be(1);
        ValueOf("a").Should().Be("newer");
        _progress.Should().Equal(new WorkProgress("importing", 2, 2));
        _log.Lines.Should().Equal("Warning: Row 1 stays in the original's table kv: its key has another value in this store");
    }

    [Test]
    public async Task A_row_whose_key_has_the_same_value_is_imported()
    {
        _target.Put(Sealed("a", "same"));

        (await ImportAsync(Row("1", "a", "same"))).Should().Be(new ImportResult(Imported: 1, Unreadable: 0, Conflicting: 0));
    }

    [Test]
    public async Task A_stored_row_that_does_not_open_is_a_conflict()
    {
        using var keys = new EntryCipher(StoreKey.None).Derive(0, UseCases.Key("a"));
        var foreign = EntryCipher.Seal(keys, "same"u8, expiresAt: null, EntryFlags.None);
        var mine = Sealed("a", "same");
        _target.Put(new Entry
        {
            Database = 0,
            Lookup = mine.Lookup,
            Version = foreign.Version,
            ExpiresAt = null,
            Flags = EntryFlags.None,
            Sealed = foreign.Sealed,
        });

        (await ImportAsync(Row("1", "a", "same"))).Should().Be(new ImportResult(Imported: 0, Unreadable: 0, Conflicting: 1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Only_a_table_in_the_same_database_is_emptied_and_scrubbed(bool inPlace)
    {
        await Handler().HandleAsync(new ImportLegacy(new OriginalTable(Row("1", "a", "v")), _target, inPlace), CancellationToken.None);

        _target.RemovedOriginals.Should().Equal(inPlace);
        _target.Scrubs.Should().Be(inPlace ? 1 : 0);
    }

    [Test]
    public async Task An_empty_table_is_scrubbed_too()
    {
        (await ImportAsync()).Should().Be(new ImportResult(0, 0, 0));

        _target.Scrubs.Should().Be(1);
    }

    [Test]
    public async Task Without_a_table_of_the_original_nothing_happens()
    {
        var result = await Handler().HandleAsync(new ImportLegacy(new NoTable(), _target, InPlace: true), CancellationToken.None);

        result.Should().BeNull();
        _target.Scrubs.Should().Be(0);
    }

    private static LegacyRow Row(string place, string key, string value, int database = 0) =>
        new(place, database, OriginalServer.ColumnOf(key), OriginalServer.TokenOf(key, Encoding.UTF8.GetBytes(value)));

    private ImportLegacyHandler Handler() => new(_cipher, new FakeTimeProvider(Noon), _log);

    private Task<ImportResult?> ImportAsync(params LegacyRow[] rows) =>
        Handler().HandleAsync(new ImportLegacy(new OriginalTable(rows), _target, InPlace: true, _progress.Add), CancellationToken.None);

    private Entry Sealed(string key, string value)
    {
        using var keys = _cipher.Derive(0, UseCases.Key(key));
        return EntryCipher.Seal(keys, Encoding.UTF8.GetBytes(value), expiresAt: null, EntryFlags.None);
    }

    private string ValueOf(string key, int database = 0)
    {
        using var keys = _cipher.Derive(database, UseCases.Key(key));
        var entry = _target.Entries.Single(entry => entry.Database == database && entry.Lookup.AsSpan().SequenceEqual(keys.Id.Lookup));
        EntryCipher.TryOpenInPlace(keys, entry, out var value).Should().BeTrue();
        return Encoding.UTF8.GetString(value.Span);
    }

    /// <summary>The table, read in batches of two.</summary>
    private sealed class OriginalTable(params LegacyRow[] rows) : ILegacyStore
    {
        public Task<long?> CountAsync(CancellationToken cancellationToken) => Task.FromResult<long?>(rows.Length);

        public async IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var batch in rows.Chunk(2))
            {
                await Task.Yield();
                yield return batch;
            }
        }
    }

    private sealed class NoTable : ILegacyStore
    {
        public Task<long?> CountAsync(CancellationToken cancellationToken) => Task.FromResult<long?>(null);

        public IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("there is no table");
    }

    private sealed class ImportTarget : IImportTarget
    {
        private readonly Dictionary<(int Database, string Lookup), Entry> _entries = [];

        public IReadOnlyCollection<Entry> Entries => _entries.Values;

        public List<DateTimeOffset> Times { get; } = [];

        public List<bool> RemovedOriginals { get; } = [];

        public int Scrubs { get; private set; }

        public void Put(Entry entry) => _entries.TryAdd((entry.Database, Convert.ToHexString(entry.Lookup)), entry);

        public Task<IReadOnlyList<ReencryptedEntry>> ImportAsync(
            IReadOnlyList<ReencryptedEntry> batch, bool removeOriginals, DateTimeOffset now, CancellationToken cancellationToken)
        {
            Times.Add(now);
            RemovedOriginals.Add(removeOriginals);
            foreach (var reencrypted in batch)
            {
                Put(reencrypted.Entry);
            }

            return Task.FromResult<IReadOnlyList<ReencryptedEntry>>(
                [.. batch.Where(reencrypted => !reencrypted.IsKept(EntryCopy.Of(_entries[(reencrypted.Entry.Database, Convert.ToHexString(reencrypted.Entry.Lookup))])))]);
        }

        public Task ScrubAsync(CancellationToken cancellationToken)
        {
            Scrubs++;
            return Task.CompletedTask;
        }
    }
}
