using DumbKv.Application.Maintenance;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class ContentsDigestTests
{
    private static readonly Entry Row = Of();

    [Test]
    public void The_digest_of_no_rows_is_zeros()
    {
        var digest = new ContentsDigest();

        digest.ToString().Should().Be(new string('0', 64));
        digest.Rows.Should().Be(0);
    }

    /// <summary>Computed by another implementation, so that the digests of two versions can be compared.</summary>
    [Test]
    public void The_digest_of_a_row_is_the_SHA_256_of_its_columns()
    {
        DigestOf(Row).Should().Be("31b59f79f2dd9f716a096581851f60f1eadc3de61b2356df2d37eef942b6ec86");
    }

    [Test]
    public void Several_rows_are_the_exclusive_or_of_each()
    {
        DigestOf(Row, Of(database: 2)).Should().Be("0536baeaa960446d3f56a025c53cebf2aba9ae48e58d859a10fa35fb7dfb024d");
    }

    [Test]
    public void The_order_of_rows_does_not_matter()
    {
        var other = Of(database: 2);

        DigestOf(Row, other).Should().Be(DigestOf(other, Row)).And.NotBe(DigestOf(Row)).And.NotBe(DigestOf(other));
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_of_any_column_changes_the_digest(Entry changed)
    {
        DigestOf(changed).Should().NotBe(DigestOf(Row));
        ContentsDigest.AreSame(Row, changed).Should().BeFalse();
    }

    [Test]
    public void A_copy_of_a_row_has_the_same_digest()
    {
        ContentsDigest.AreSame(Row, Of()).Should().BeTrue();
    }

    private static IEnumerable<TestCaseData> Changes() =>
    [
        new TestCaseData(Of(database: 2)).SetArgDisplayNames("database"),
        new TestCaseData(Of(lookup: [1, 2, 4])).SetArgDisplayNames("lookup"),
        new TestCaseData(Of(version: [4, 6])).SetArgDisplayNames("version"),
        new TestCaseData(Of(expiresAt: 7)).SetArgDisplayNames("expiry"),
        new TestCaseData(Of(expiresAt: null)).SetArgDisplayNames("no expiry"),
        new TestCaseData(Of(flags: EntryFlags.Once)).SetArgDisplayNames("flags"),
        new TestCaseData(Of(sealedValue: [7])).SetArgDisplayNames("value"),
        new TestCaseData(Of(lookup: [1, 2], version: [3, 4, 5])).SetArgDisplayNames("a byte moved from lookup to version"),
        new TestCaseData(Of(version: [4], sealedValue: [5, 6])).SetArgDisplayNames("a byte moved from version to value"),
    ];

    private static string DigestOf(params Entry[] rows)
    {
        var digest = new ContentsDigest();
        digest.Add(rows);
        digest.Rows.Should().Be(rows.Length);
        return digest.ToString();
    }

    private static Entry Of(
        int database = 1, byte[]? lookup = null, byte[]? version = null, long? expiresAt = 6, EntryFlags flags = EntryFlags.Binary, byte[]? sealedValue = null) => new()
        {
            Database = database,
            Lookup = lookup ?? [1, 2, 3],
            Version = version ?? [4, 5],
            ExpiresAt = expiresAt,
            Flags = flags,
            Sealed = sealedValue ?? [6],
        };
}
