using System.Security.Cryptography;
using System.Text;
using DumbKv.Domain.Crypto;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class PepperTests
{
    [TestCase(15)]
    [TestCase(65)]
    public void A_pepper_has_16_to_64_bytes(int length)
    {
        FluentActions.Invoking(() => new Pepper(new byte[length])).Should().Throw<ArgumentException>().WithMessage("A pepper has 16 to 64 bytes.*");
    }

    [TestCase(16)]
    [TestCase(64)]
    public void The_shortest_and_the_longest_pepper_are_accepted(int length)
    {
        FluentActions.Invoking(() => new Pepper(new byte[length])).Should().NotThrow();
    }

    [TestCase("a long enough password", true)]
    [TestCase("tilde ~ and space    ", true)]
    [TestCase("a long enough passwor\n", false)]
    [TestCase("a long enough passwör", false)]
    public void A_pepper_of_printable_characters_looks_like_text(string text, bool expected)
    {
        new Pepper(Encoding.UTF8.GetBytes(text)).LooksLikeText.Should().Be(expected);
    }

    [Test]
    public void The_fingerprint_is_HKDF_of_the_pepper()
    {
        // HKDF by the definition of RFC 5869, so that the library's one-call form is not compared with itself.
        byte[] secret = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];
        var prk = HMACSHA256.HashData(new byte[32], secret);
        var expected = HMACSHA256.HashData(prk, (byte[])[.. Encoding.ASCII.GetBytes("DumbKV/1/pepper"), 1])[..16];

        new Pepper(secret).Fingerprint.Should().Equal(expected);
    }

    [Test]
    public void A_pepper_never_prints_itself()
    {
        $"{new Pepper(new byte[16])}".Should().Be("[redacted]");
    }
}
