using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

public sealed class EntryVersionTests
{
    [Test]
    public void A_version_parses_its_own_text()
    {
        var version = EntryVersion.New();

        EntryVersion.TryParse(version.ToString(), out var parsed).Should().BeTrue();

        parsed.Should().Be(version);
    }

    [TestCase("")]
    [TestCase("short")]
    [TestCase("H08Y-xh0NNvykxlrAA")]
    [TestCase("H08Y+xh0NNvykxlr")]
    [TestCase("H08Y-xh0NNvykxl ")]
    [TestCase("H08Y-xh0NNvykx==")]
    public void Any_other_text_is_not_a_version(string text)
    {
        EntryVersion.TryParse(text, out _).Should().BeFalse();
    }

    [Test]
    public void Versions_do_not_repeat()
    {
        Enumerable.Range(0, 1_000).Select(_ => EntryVersion.New()).Should().OnlyHaveUniqueItems();
    }
}
