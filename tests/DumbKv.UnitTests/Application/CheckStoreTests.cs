using DumbKv.Application.Maintenance;
using DumbKv.Domain.Entries;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.UnitTests.Application;

public sealed class CheckStoreTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly Finding Sound = new(FindingKind.Integrity, false, "sound");

    private readonly List<WorkProgress> _progress = [];

    [Test]
    public async Task The_entries_of_an_undamaged_store_are_counted_and_have_a_digest()
    {
        var store = new StoredRows(StoredRows.Of("a", flags: EntryFlags.Once | EntryFlags.Binary), StoredRows.Of("b", value: ""), StoredRows.Of("c"));

        var findings = await CheckAsync(store, Sound);

        findings.Should().Equal(
            Sound,
            new Finding(FindingKind.Entries, false, "3, of which 0 have expired and are not removed yet, and 0 are receipts of read-once values that were read"),
            new Finding(FindingKind.Digest, false, DigestOf(store)));
        _progress.Should().Equal(new WorkProgress("reading", 2, 3), new WorkProgress("reading", 3, 3));
    }

    [Test]
    public async Task Expired_rows_and_receipts_are_counted()
    {
        var store = new StoredRows(
            StoredRows.Of("a", expiresAt: Noon), StoredRows.Of("d", expiresAt: Noon), StoredRows.Of("b", expiresAt: Noon.AddMilliseconds(1)), StoredRows.Of("c"), Receipt());

        var findings = await CheckAsync(store);

        findings[0].Should().Be(new Finding(FindingKind.Entries, false, "5, of which 2 have expired and are not removed yet, and 1 are receipts of read-once values that were read"));
    }

    [TestCaseSource(nameof(Altered))]
    public async Task A_row_with_an_invalid_format_is_a_fault(Entry altered)
    {
        var store = new StoredRows(StoredRows.Of("sound"), altered);

        var findings = await CheckAsync(store);

        findings.Should().Equal(
            new Finding(FindingKind.Entries, true, "1 of 2 have an invalid format, so they were altered. Restore a backup, or set their keys again."),
            new Finding(FindingKind.Digest, false, DigestOf(store)));
    }

    [Test]
    public async Task The_rows_of_a_damaged_store_are_not_read()
    {
        var damage = new Finding(FindingKind.Integrity, true, "damaged");
        var schema = new Finding(FindingKind.Schema, false, "2");

        var findings = await CheckAsync(new StoredRows(StoredRows.Of("a")), damage, schema);

        findings.Should().Equal(damage, schema);
        _progress.Should().BeEmpty();
    }

    [Test]
    public async Task The_rows_of_a_store_with_another_pepper_are_read()
    {
        var pepper = new Finding(FindingKind.Pepper, true, "another pepper");

        var findings = await CheckAsync(new StoredRows(StoredRows.Of("a")), pepper);

        findings.Select(finding => finding.Kind).Should().Equal(FindingKind.Pepper, FindingKind.Entries, FindingKind.Digest);
    }

    private static IEnumerable<TestCaseData> Altered() =>
    [
        new TestCaseData(Of(lookup: 31)).SetArgDisplayNames("a shorter lookup"),
        new TestCaseData(Of(lookup: 33)).SetArgDisplayNames("a longer lookup"),
        new TestCaseData(Of(version: 11)).SetArgDisplayNames("a shorter version"),
        new TestCaseData(Of(sealedBytes: 15)).SetArgDisplayNames("a value without its tag"),
        new TestCaseData(Of(expiresAt: 0)).SetArgDisplayNames("an expiry of zero"),
        new TestCaseData(Of(expiresAt: -1)).SetArgDisplayNames("a negative expiry"),
        new TestCaseData(Of(flags: EntryFlags.Receipt, sealedBytes: 28)).SetArgDisplayNames("a receipt without a time"),
        new TestCaseData(Of(flags: EntryFlags.Receipt, expiresAt: 1, sealedBytes: 28)).SetArgDisplayNames("a receipt that expires"),
        new TestCaseData(Of(flags: EntryFlags.Receipt, expiresAt: -1, sealedBytes: 27)).SetArgDisplayNames("a receipt with a shorter version"),
        new TestCaseData(Of(flags: EntryFlags.Receipt, expiresAt: -1, sealedBytes: 29)).SetArgDisplayNames("a receipt with a longer version"),
        new TestCaseData(Of(flags: EntryFlags.Receipt | EntryFlags.Once, expiresAt: -1, sealedBytes: 28)).SetArgDisplayNames("a receipt with another flag"),
        new TestCaseData(Of(flags: (EntryFlags)8)).SetArgDisplayNames("an unknown flag"),
        new TestCaseData(Of(flags: (EntryFlags)(-1))).SetArgDisplayNames("negative flags"),
    ];

    private static Entry Receipt() => Of(flags: EntryFlags.Receipt, expiresAt: -Noon.ToUnixTimeMilliseconds(), sealedBytes: 28);

    private static Entry Of(int lookup = 32, int version = 12, int sealedBytes = 17, EntryFlags flags = EntryFlags.None, long? expiresAt = null) =>
        new() { Database = 0, Lookup = new byte[lookup], Version = new byte[version], ExpiresAt = expiresAt, Flags = flags, Sealed = new byte[sealedBytes] };

    private static string DigestOf(StoredRows store)
    {
        var digest = new ContentsDigest();
        digest.Add(store.Rows);
        return digest.ToString();
    }

    private async Task<List<Finding>> CheckAsync(StoredRows store, params Finding[] findings)
    {
        var all = new List<Finding>();
        await foreach (var finding in new CheckStoreHandler(new FakeTimeProvider(Noon)).HandleAsync(new Checker(findings), store, _progress.Add, CancellationToken.None))
        {
            all.Add(finding);
        }

        return all;
    }

    private sealed class Checker(params Finding[] findings) : IStoreChecker
    {
        public async IAsyncEnumerable<Finding> CheckAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var finding in findings)
            {
                await Task.Yield();
                yield return finding;
            }
        }
    }
}
