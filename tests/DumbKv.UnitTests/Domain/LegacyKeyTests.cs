using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DumbKv.Domain.Crypto;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class LegacyKeyTests
{
    private const string Characters = "2cf24dba5fb0a30e26e83b2ac5b9e29e";

    [Test]
    public void The_key_column_has_the_hashed_key_of_format_1()
    {
        LegacyKey.TryParse("MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOWU=", out var key).Should().BeTrue();

        key!.HashedKey.Should().Equal(SHA256.HashData("hello"u8)[..16]);
    }

    [Test]
    public void The_first_half_of_the_characters_signs_and_the_second_encrypts()
    {
        LegacyKey.TryParse(Encode(Characters), out var key).Should().BeTrue();

        Encoding.ASCII.GetString(key!.Signing).Should().Be(Characters[..16]);
        Encoding.ASCII.GetString(key.Encryption).Should().Be(Characters[16..]);
    }

    [TestCase("")]
    [TestCase("2cf24dba5fb0a30e26e83b2ac5b9e2")]
    [TestCase("2cf24dba5fb0a30e26e83b2ac5b9e29e00")]
    [TestCase("2CF24DBA5FB0A30E26E83B2AC5B9E29E")]
    [TestCase("2cf24dba5fb0a30e26e83b2ac5b9e29A")]
    [TestCase("2cf24dba5fb0a30e26e83b2ac5b9e29F")]
    [TestCase("2cf24dba5fb0a30e26e83b2ac5b9e29g")]
    [TestCase("-cf24dba5fb0a30e26e83b2ac5b9e29e")]
    public void Other_characters_are_not_a_key_of_the_original(string characters)
    {
        LegacyKey.TryParse(Encode(characters), out var key).Should().BeFalse();

        key.Should().BeNull();
    }

    [TestCase("not base64url!")]
    [TestCase("MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOWU=MmNm")]
    [TestCase("MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOW")]
    public void Text_that_is_not_base64url_is_not_a_key_of_the_original(string column)
    {
        LegacyKey.TryParse(column, out _).Should().BeFalse();
    }

    [Test]
    public void A_key_is_zeroed_when_it_is_disposed()
    {
        LegacyKey.TryParse(Encode(Characters), out var key).Should().BeTrue();

        key!.Dispose();

        byte[] all = [.. key.HashedKey, .. key.Signing, .. key.Encryption];
        all.Should().HaveCount(48).And.OnlyContain(value => value == 0);
    }

    [Test]
    public void A_key_never_prints_itself()
    {
        LegacyKey.TryParse(Encode(Characters), out var key).Should().BeTrue();

        $"{key}".Should().Be("[redacted]");
    }

    private static string Encode(string characters) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(characters));
}
