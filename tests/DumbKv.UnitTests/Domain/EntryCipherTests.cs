using CsCheck;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class EntryCipherTests
{
    private static readonly Gen<string> AnyKey = Gen.String.Where(text => SecretKey.TryCreate(text, out _));

    private static readonly Gen<EntryFlags> AnyFlags = Gen.Int[0, 3].Select(flags => (EntryFlags)flags);

    private static readonly Gen<DateTimeOffset?> AnyExpiry =
        Gen.Long[1, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds).Nullable();

    private static readonly Gen<StoreKey> AnyStoreKey = Gen.Byte.Array[Pepper.MinBytes, Pepper.MaxBytes].Select(StoreKey.FromBytes);

    private static readonly Gen<Sample> AnySample = Gen.Select(
        AnyStoreKey, Gen.Int, AnyKey, Gen.Byte.Array[0, 300], AnyExpiry, AnyFlags,
        (storeKey, database, key, value, expiry, flags) => new Sample(new EntryCipher(storeKey), database, key, value, expiry, flags));

    [Test]
    public void A_sealed_value_opens()
    {
        AnySample.Sample(sample =>
        {
            using var keys = sample.Keys();

            EntryCipher.TryOpenInPlace(keys, sample.Seal(keys), out var value).Should().BeTrue();

            value.ToArray().Should().Equal(sample.Value);
        });
    }

    [Test]
    public void A_row_with_a_flipped_bit_does_not_open()
    {
        Gen.Select(AnySample, Gen.Int[0, int.MaxValue]).Sample((sample, position) =>
        {
            using var keys = sample.Keys();
            var flipped = FlipOneBit(sample.Seal(keys), position);

            EntryCipher.TryOpenInPlace(keys, flipped, out _).Should().BeFalse();
        });
    }

    [Test]
    public void A_row_moved_to_another_key_or_database_does_not_open()
    {
        Gen.Select(AnySample, Gen.Int, AnyKey).Where((sample, database, key) => database != sample.Database || key != sample.Key)
            .Sample((sample, otherDatabase, otherKey) =>
            {
                using var keys = sample.Keys();
                using var otherKeys = (sample with { Database = otherDatabase, Key = otherKey }).Keys();

                EntryCipher.TryOpenInPlace(otherKeys, sample.Seal(keys), out _).Should().BeFalse();
            });
    }

    [Test]
    public void A_row_does_not_open_with_another_store_key()
    {
        var sample = new Sample(new EntryCipher(StoreKey.New()), 0, "key", [1, 2, 3], null, EntryFlags.None);
        using var keys = sample.Keys();
        using var other = (sample with { Cipher = new EntryCipher(StoreKey.New()) }).Keys();

        other.Id.Lookup.Should().NotEqual(keys.Id.Lookup);
        EntryCipher.TryOpenInPlace(other, sample.Seal(keys), out _).Should().BeFalse();
    }

    [Test]
    public void A_receipt_holds_the_version_that_was_read_and_the_time_and_opens_only_unaltered()
    {
        var sample = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1], null, EntryFlags.Once);
        using var keys = sample.Keys();
        var read = EntryVersion.New();
        var at = new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

        var receipt = EntryCipher.SealReceipt(keys, read, at);

        receipt.Should().BeEquivalentTo(new { Flags = (EntryFlags)4, ExpiresAt = -at.ToUnixTimeMilliseconds(), ReadAt = at, IsReceipt = true, IsWellFormed = true });
        receipt.IsExpired(DateTimeOffset.UnixEpoch).Should().BeTrue("a server that knows no receipts sees no value");
        receipt.Version.Should().NotEqual(read.ToBytes());
        EntryCipher.TryOpenInPlace(keys, EntryCopy.Of(receipt, flags: EntryFlags.None), out _).Should().BeFalse();
        EntryCipher.TryOpenInPlace(keys, receipt, out var value).Should().BeTrue();
        value.ToArray().Should().Equal(read.ToBytes());
    }

    [Test]
    public void Without_a_store_key_no_keys_are_derived()
    {
        FluentActions.Invoking(() => new EntryCipher().Derive(0, new byte[EntryCipher.HashedKeyBytes])).Should().Throw<InvalidOperationException>();
    }

    [Test]
    public void A_row_with_unknown_flags_does_not_open()
    {
        var sample = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1], null, EntryFlags.None);
        using var keys = sample.Keys();
        var entry = sample.Seal(keys);

        // 256 is 0 in the single byte that is authenticated.
        EntryCipher.TryOpenInPlace(keys, EntryCopy.Of(entry, flags: (EntryFlags)256), out _).Should().BeFalse();
    }

    [TestCase(11, 17)]
    [TestCase(13, 17)]
    [TestCase(12, 15)]
    [TestCase(12, 0)]
    public void A_row_with_an_invalid_format_does_not_open(int versionBytes, int sealedBytes)
    {
        var sample = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1], null, EntryFlags.None);
        using var keys = sample.Keys();
        var row = new Entry
        {
            Database = 0,
            Lookup = keys.Id.Lookup,
            Version = new byte[versionBytes],
            Sealed = new byte[sealedBytes],
            ExpiresAt = null,
            Flags = EntryFlags.None,
        };

        EntryCipher.TryOpenInPlace(keys, row, out var value).Should().BeFalse();

        value.IsEmpty.Should().BeTrue();
    }

    [Test]
    public void Two_writes_of_one_value_share_neither_version_nor_ciphertext()
    {
        var sample = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1, 2, 3], null, EntryFlags.None);
        using var keys = sample.Keys();

        var first = sample.Seal(keys);
        var second = sample.Seal(keys);

        second.Version.Should().NotEqual(first.Version);
        second.Sealed.ToArray().Should().NotEqual(first.Sealed.ToArray());
    }

    [Test]
    public void Keys_are_zeroed_when_disposed()
    {
        var sample = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1], null, EntryFlags.None);
        var keys = sample.Keys();

        keys.Dispose();

        keys.ValueKey.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Test]
    public void Keys_never_print_themselves()
    {
        using var keys = new Sample(new EntryCipher(StoreKey.None), 0, "key", [1], null, EntryFlags.None).Keys();

        $"{keys}".Should().Be("[redacted]");
    }

    private static Entry FlipOneBit(Entry entry, int position)
    {
        // Every stored byte except the id: version, ciphertext and tag, expiry, flags.
        var expiry = BitConverter.GetBytes(entry.ExpiresAt ?? 0);
        byte[] stored = [.. entry.Version, .. entry.Sealed.Span, .. expiry, (byte)entry.Flags];
        var bit = position % (stored.Length * 8);
        stored[bit / 8] ^= (byte)(1 << (bit % 8));

        var sealedFrom = EntryVersion.Length;
        var expiryFrom = sealedFrom + entry.Sealed.Length;
        return new Entry
        {
            Database = entry.Database,
            Lookup = entry.Lookup,
            Version = stored[..sealedFrom],
            Sealed = stored.AsSpan(sealedFrom..expiryFrom).ToArray(),
            ExpiresAt = BitConverter.ToInt64(stored, expiryFrom) is not 0 and var expiresAt ? expiresAt : null,
            Flags = (EntryFlags)stored[^1],
        };
    }

    private sealed record Sample(EntryCipher Cipher, int Database, string Key, byte[] Value, DateTimeOffset? Expiry, EntryFlags Flags)
    {
        public EntryKeys Keys() => SecretKey.TryCreate(Key, out var key) ? Cipher.Derive(Database, key) : throw new ArgumentException("not a key");

        public Entry Seal(EntryKeys keys) => EntryCipher.Seal(keys, Value, Expiry, Flags);
    }
}
