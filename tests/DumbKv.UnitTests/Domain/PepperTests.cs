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
