using System.Security.Cryptography;
using System.Text;
using DumbKv.Domain.Crypto;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class FernetTokenTests
{
    private const string Written = "gAAAAABrA2G1BVdtpG5P3xMbxXcdQkvVaglwzfMIzKThKH2fx2_fqmg2YEtM3luJxFGuGf7srAORqa9eFjmtnsLseHnb6M9jtw==";

    [Test]
    public void A_token_that_the_original_wrote_opens()
    {
        Open(Written, "hello").Should().Be("world");
    }

    /// <summary>With 16 bytes of padding, with 1 byte, and with more than one block.</summary>
    [TestCase("")]
    [TestCase("fifteen letters")]
    [TestCase("sixteen letters!")]
    [TestCase("a value that is longer than two blocks of AES")]
    public void A_value_of_any_length_opens(string value)
    {
        Open(OriginalServer.TokenOf("k", Encoding.UTF8.GetBytes(value)), "k").Should().Be(value);
    }

    [Test]
    public void Another_key_opens_nothing()
    {
        Open(Written, "world").Should().BeNull();
    }

    [TestCase("")]
    [TestCase("gAAAAA")]
    [TestCase("not base64url!")]
    public void Text_that_is_not_a_token_does_not_open(string text)
    {
        Open(text, "k").Should().BeNull();
    }

    [Test]
    public void A_token_with_one_character_changed_does_not_open()
    {
        // The last character before the padding has unused bits.
        for (var index = 0; index < Written.Length - 3; index++)
        {
            var other = Written[index] == 'A' ? 'B' : 'A';
            Open($"{Written[..index]}{other}{Written[(index + 1)..]}", "hello").Should().BeNull("character {0} is changed", index);
        }
    }

    [Test]
    public void A_token_of_another_version_does_not_open()
    {
        var body = new byte[32];

        Open(OriginalServer.SignedTokenOf("k", 0x81, body), "k").Should().BeNull();
    }

    /// <summary>A valid signature shows that its writer knew the key. The signed bytes can still be anything.</summary>
    [TestCase(0)]
    [TestCase(16)]
    [TestCase(31)]
    [TestCase(33)]
    public void A_signed_token_without_whole_blocks_does_not_open(int bytes)
    {
        Open(OriginalServer.SignedTokenOf("k", 0x80, new byte[bytes]), "k").Should().BeNull();
    }

    [Test]
    public void A_signed_token_without_padding_does_not_open()
    {
        // Decrypts to 16 zeros. In valid padding the last byte is from 1 to 16.
        using var aes = Aes.Create();
        aes.SetKey(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData("k"u8))).AsSpan(16, 16));
        var iv = new byte[16];
        byte[] body = [.. iv, .. aes.EncryptCbc(new byte[16], iv, PaddingMode.None)];

        Open(OriginalServer.SignedTokenOf("k", 0x80, body), "k").Should().BeNull();
    }

    private static string? Open(string token, string key)
    {
        LegacyKey.TryParse(OriginalServer.ColumnOf(key), out var legacyKey).Should().BeTrue();
        using (legacyKey)
        {
            var isOpen = FernetToken.TryOpen(token, legacyKey!, out var value);
            (value is not null).Should().Be(isOpen);
            return isOpen ? Encoding.UTF8.GetString(value!) : null;
        }
    }
}
