using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class EndToEndKeyTests
{
    private const string Key = "e1-3467-89ab-cdef-ghjk-mnpq-rtwx-y346";

    [TestCase(Key)]
    [TestCase(Key + "/db/password")]
    [TestCase("https://example.com/#key=" + Key + "&passphrase=1")]
    [TestCase("e1-e1-" + Key)]
    [TestCase("e1-3467-89ab" + Key)]
    [TestCase(Key + "x")]
    public void A_key_of_the_form_is_found_anywhere(string text) => KeyOf(text).ContainsEndToEndKey.Should().BeTrue();

    [TestCase("e1-")]
    [TestCase("3467-89ab-cdef-ghjk-mnpq-rtwx-y346", Description = "without the prefix, as the page makes keys for values")]
    [TestCase("e1-3467-89ab-cdef-ghjk-mnpq-rtwx-y34", Description = "a character too short")]
    [TestCase("e1-3467-89ab-cdef-ghjk-mnpq-rtwx", Description = "a group too short")]
    [TestCase("e1-3467-89ab-cdef-ghjk-mnpq-rtwx-y34o", Description = "a character that is not in the alphabet")]
    [TestCase("e1-0467-89ab-cdef-ghjk-mnpq-rtwx-y346", Description = "in the first group")]
    [TestCase("e1-3467_89ab-cdef-ghjk-mnpq-rtwx-y346", Description = "another separator")]
    [TestCase("e1-3467-89ab-cdef-ghjk-mnpq-rtwx_y346", Description = "another last separator")]
    [TestCase("E1-3467-89AB-CDEF-GHJK-MNPQ-RTWX-Y346", Description = "in upper case")]
    public void Another_key_is_not_of_the_form(string text) => KeyOf(text).ContainsEndToEndKey.Should().BeFalse();

    private static SecretKey KeyOf(string text) => SecretKey.TryCreate(text, out var key) ? key : throw new ArgumentException("not a key");
}
