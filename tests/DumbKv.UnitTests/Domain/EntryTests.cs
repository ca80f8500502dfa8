using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class EntryTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [TestCase(-1, true)]
    [TestCase(0, true)]
    [TestCase(1, false)]
    public void An_entry_is_expired_from_its_expiry_on(int millisecondsFromNow, bool expected)
    {
        Expiring(Noon.ToUnixTimeMilliseconds() + millisecondsFromNow).IsExpired(Noon).Should().Be(expected);
    }

    [Test]
    public void An_entry_without_an_expiry_never_expires()
    {
        Expiring(null).IsExpired(DateTimeOffset.MaxValue).Should().BeFalse();
    }

    private static Entry Expiring(long? expiresAt) =>
        new() { Database = 0, Lookup = [], Version = [], ExpiresAt = expiresAt, Flags = EntryFlags.None, Sealed = [] };
}
