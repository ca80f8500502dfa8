using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class EntryTests
{
    [TestCase(EntryFlags.None, null, 16, true)]
    [TestCase(EntryFlags.None, 1, 16, true)]
    [TestCase(EntryFlags.Once | EntryFlags.Binary, 1, 1_000, true)]
    [TestCase(EntryFlags.None, null, 15, false)]
    [TestCase(EntryFlags.None, 0, 16, false)]
    [TestCase(EntryFlags.None, -1, 28, false)]
    [TestCase(EntryFlags.Receipt, -1, 28, true)]
    [TestCase(EntryFlags.Receipt, 0, 28, false)]
    [TestCase(EntryFlags.Receipt, 1, 28, false)]
    [TestCase(EntryFlags.Receipt, null, 28, false)]
    [TestCase(EntryFlags.Receipt, -1, 27, false)]
    [TestCase(EntryFlags.Receipt, -1, 29, false)]
    [TestCase(EntryFlags.Receipt | EntryFlags.Once, -1, 28, false)]
    [TestCase((EntryFlags)8, null, 16, false)]
    public void A_row_is_well_formed_if_a_server_can_have_written_it(EntryFlags flags, int? expiresAt, int sealedBytes, bool expected)
    {
        Of(flags, expiresAt, sealedBytes).IsWellFormed.Should().Be(expected);
    }

    [TestCase(EntryFlags.Receipt, -1, true)]
    [TestCase(EntryFlags.Receipt, 0, false)]
    [TestCase(EntryFlags.None, -1, false)]
    public void Only_a_receipt_has_a_time_of_its_read(EntryFlags flags, int expiresAt, bool expected)
    {
        Of(flags, expiresAt, 28).ReadAt.Should().Be(expected ? DateTimeOffset.FromUnixTimeMilliseconds(1) : null);
    }

    [TestCase(1_000, 999, false)]
    [TestCase(1_000, 1_000, true)]
    public void An_entry_is_expired_from_its_expiry_on(int expiresAt, int now, bool expected)
    {
        Of(EntryFlags.None, expiresAt, 16).IsExpired(DateTimeOffset.FromUnixTimeMilliseconds(now)).Should().Be(expected);
    }

    private static Entry Of(EntryFlags flags, long? expiresAt, int sealedBytes) =>
        new() { Database = 0, Lookup = new byte[32], Version = new byte[12], ExpiresAt = expiresAt, Flags = flags, Sealed = new byte[sealedBytes] };
}
