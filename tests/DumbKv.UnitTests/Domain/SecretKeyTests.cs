using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class SecretKeyTests
{
    [TestCase("a")]
    [TestCase(" ")]
    [TestCase("\0")]
    [TestCase("🔑 ключ\n\t")]
    public void Any_characters_make_a_key(string text)
    {
        SecretKey.TryCreate(text, out _).Should().BeTrue();
    }

    [TestCase(null)]
    [TestCase("")]
    public void An_empty_text_is_not_a_key(string? text)
    {
        SecretKey.TryCreate(text, out _).Should().BeFalse();
    }

    [TestCase('a', 65_536, true)]
    [TestCase('a', 65_537, false)]
    [TestCase('é', 32_768, true)]
    [TestCase('é', 32_769, false)]
    public void A_key_has_at_most_65536_bytes_of_UTF8(char character, int count, bool expected)
    {
        SecretKey.TryCreate(new string(character, count), out _).Should().Be(expected);
    }

    // Numbers: with a filter, the test adapter does not run a test whose name contains a lone surrogate.
    [TestCase(0xD800)]
    [TestCase(0xDC00)]
    public void A_lone_surrogate_is_refused_and_not_replaced(int surrogate)
    {
        SecretKey.TryCreate($"a{(char)surrogate}b", out _).Should().BeFalse();
    }

    [Test]
    public void The_two_normal_forms_of_a_letter_are_two_keys()
    {
        SecretKey.TryCreate("caf\u00e9", out var composed);
        SecretKey.TryCreate("cafe\u0301", out var decomposed);

        composed!.Bytes.ToArray().Should().NotEqual(decomposed!.Bytes.ToArray());
    }

    [Test]
    public void A_key_never_prints_itself()
    {
        SecretKey.TryCreate("hunter2", out var key);

        $"{key}".Should().Be("[redacted]");
    }
}
