using System.Security.Cryptography;
using System.Text;
using DumbKv.Domain.Crypto;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class StoredKeyTests
{
    private static readonly Pepper One = new([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);
    private static readonly Pepper Other = new([.. Enumerable.Range(2, 16).Select(value => (byte)value)]);

    [Test]
    public void A_wrapped_key_opens_by_the_definition_of_the_format()
    {
        var key = StoreKey.New();
        var secret = RandomNumberGenerator.GetBytes(32);

        var wrapped = key.Wrap(new Pepper(secret));

        // HKDF by the definition of RFC 5869, so that the library's one-call form is not compared with itself.
        var prk = HMACSHA256.HashData(new byte[32], secret);
        var kek = HMACSHA256.HashData(prk, (byte[])[.. Encoding.ASCII.GetBytes("DumbKV/1/pepper-kek"), 1]);
        var opened = new byte[32];
#pragma warning disable CA5390 // The key is not constant: the pepper is random.
        using var aes = new AesGcm(kek, 16);
#pragma warning restore CA5390
        aes.Decrypt(wrapped.AsSpan(0, 12), wrapped.AsSpan(12, 32), wrapped.AsSpan(44), opened, "DumbKV/1/store-key"u8);
        opened.Should().Equal(key.ToBytes());
        wrapped.Should().HaveCount(60);
    }

    [Test]
    public void A_key_unwraps_only_with_its_pepper_and_unaltered()
    {
        var key = StoreKey.New();
        var wrapped = key.Wrap(One);

        StoreKey.TryUnwrap(wrapped, One, out var opened).Should().BeTrue();
        opened!.ToBytes().Should().Equal(key.ToBytes());
        StoreKey.TryUnwrap(wrapped, Other, out _).Should().BeFalse();
        for (var at = 0; at < wrapped.Length; at++)
        {
            byte[] altered = [.. wrapped];
            altered[at] ^= 1;
            StoreKey.TryUnwrap(altered, One, out _).Should().BeFalse();
        }

        for (var length = 0; length < wrapped.Length; length++)
        {
            StoreKey.TryUnwrap(wrapped[..length], One, out _).Should().BeFalse();
        }
    }

    [Test]
    public void Each_new_key_and_each_wrapping_is_different()
    {
        var key = StoreKey.New();

        key.ToBytes().Should().HaveCount(StoreKey.Bytes).And.NotEqual(StoreKey.New().ToBytes());
        key.Wrap(One).Should().NotEqual(key.Wrap(One));
    }

    [TestCase(false, false, StoredKeyFault.None)]
    [TestCase(true, false, StoredKeyFault.NotEncrypted)]
    [TestCase(false, true, StoredKeyFault.NotEncrypted)]
    public void A_key_in_clear_opens_only_without_a_pepper(bool withPepper, bool withPrevious, StoredKeyFault expected)
    {
        var stored = StoredKey.New(null);

        stored.HasPepper.Should().BeFalse();
        stored.EarlierFingerprint.Should().HaveCount(Pepper.FingerprintBytes, "an earlier version has to refuse the store");
        stored.Open(withPepper ? One : null, withPrevious ? Other : null).Fault.Should().Be(expected);
    }

    [Test]
    public void A_wrapped_key_opens_with_the_pepper_or_the_previous_one()
    {
        var key = StoreKey.New();
        var stored = StoredKey.Of(key, One, firstPepperIsKey: false);

        stored.HasPepper.Should().BeTrue();
        stored.EarlierFingerprint.Should().NotEqual(One.Fingerprint, "an earlier version would use the pepper as the store key");
        foreach (var (pepper, previous) in new[] { (One, null), (One, Other), (Other, One) })
        {
            var (opened, with, fault) = stored.Open(pepper, previous);
            fault.Should().Be(StoredKeyFault.None);
            with.Should().BeSameAs(One);
            opened!.ToBytes().Should().Equal(key.ToBytes());
        }

        stored.Open(null, null).Fault.Should().Be(StoredKeyFault.PepperMissing);
        stored.Open(Other, null).Fault.Should().Be(StoredKeyFault.PepperWrong);
        (stored with { Key = Other.Fingerprint }).Open(One, null).Fault.Should().Be(StoredKeyFault.Damaged);
    }

    [Test]
    public void A_store_of_an_earlier_version_without_a_pepper_has_an_empty_key_for_ever()
    {
        var stored = new StoredKey(null, null, null, false);

        stored.Open(null, null).Should().Be((StoreKey.None, null, StoredKeyFault.None));
        stored.Open(One, null).Fault.Should().Be(StoredKeyFault.CannotHavePepper);
    }

    [Test]
    public void The_key_of_a_store_of_an_earlier_version_is_its_pepper()
    {
        var stored = new StoredKey(null, null, One.Fingerprint, false);

        stored.HasPepper.Should().BeTrue();
        stored.Open(One, null).Key!.ToBytes().Should().Equal(Enumerable.Range(1, 32).Select(value => (byte)value));
        stored.Open(Other, One).With.Should().BeSameAs(One);
        stored.Open(null, null).Fault.Should().Be(StoredKeyFault.PepperMissing);
        stored.Open(Other, null).Fault.Should().Be(StoredKeyFault.PepperWrong);
    }

    [Test]
    public void An_earlier_version_opens_a_wrapped_key_only_if_it_is_the_pepper()
    {
        var key = StoreKey.OfFirstPepper(One);

        StoredKey.Of(key, One, firstPepperIsKey: true).EarlierFingerprint.Should().Equal(One.Fingerprint);
        StoredKey.Of(key, Other, firstPepperIsKey: true).EarlierFingerprint.Should().NotEqual(One.Fingerprint).And.NotEqual(Other.Fingerprint);
        StoredKey.Of(key, null, firstPepperIsKey: true).EarlierFingerprint.Should().NotEqual(One.Fingerprint);
    }

    [TestCase(15)]
    [TestCase(65)]
    public void A_key_in_clear_of_another_length_is_damaged(int length)
    {
        var altered = StoredKey.New(null) with { Key = new byte[length] };

        altered.Open(null, null).Fault.Should().Be(StoredKeyFault.Damaged);
    }

    [TestCase(16)]
    [TestCase(32)]
    [TestCase(64)]
    public void A_key_can_be_as_long_as_any_first_pepper(int length)
    {
        var key = StoreKey.FromBytes(RandomNumberGenerator.GetBytes(length));

        StoredKey.Of(key, null, firstPepperIsKey: true).Open(null, null).Key!.ToBytes().Should().Equal(key.ToBytes());
        StoredKey.Of(key, One, firstPepperIsKey: true).Open(One, null).Key!.ToBytes().Should().Equal(key.ToBytes());
    }

    [TestCase(0)]
    [TestCase(15)]
    [TestCase(65)]
    public void A_key_of_another_length_is_refused(int length)
    {
        FluentActions.Invoking(() => StoreKey.FromBytes(new byte[length])).Should().Throw<ArgumentException>().WithMessage("A store key has 16 to 64 bytes.*");
    }

    [Test]
    public void A_stored_key_is_the_same_only_if_all_that_opens_it_is_the_same()
    {
        var wrapped = StoredKey.New(One);
        var earlier = new StoredKey(null, null, One.Fingerprint, false);

        wrapped.FirstPepperIsKey.Should().BeFalse();
        wrapped.IsSameAs(wrapped with { EarlierFingerprint = Other.Fingerprint }).Should().BeTrue("earlier versions do not open it");
        wrapped.IsSameAs(wrapped with { Key = StoreKey.New().Wrap(One) }).Should().BeFalse();
        wrapped.IsSameAs(wrapped with { PepperFingerprint = null }).Should().BeFalse();
        earlier.IsSameAs(earlier with { FirstPepperIsKey = true }).Should().BeTrue();
        earlier.IsSameAs(earlier with { EarlierFingerprint = Other.Fingerprint }).Should().BeFalse();
        earlier.IsSameAs(earlier with { EarlierFingerprint = null }).Should().BeFalse();
    }

    [Test]
    public void Neither_prints_itself()
    {
        $"{StoreKey.New()} {StoredKey.New(null)}".Should().Be("[redacted] [redacted]");
    }
}
