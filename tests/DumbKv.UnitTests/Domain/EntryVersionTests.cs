using System.Collections.Concurrent;
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

    [TestCase(11)]
    [TestCase(13)]
    public void A_version_has_twelve_bytes(int length)
    {
        FluentActions.Invoking(() => EntryVersion.FromBytes(new byte[length])).Should().Throw<ArgumentException>().WithMessage("A version has 12 bytes.*");
    }

    [Test]
    public void A_version_equals_a_copy_of_itself_and_nothing_else()
    {
        var version = EntryVersion.New();
        var copy = EntryVersion.FromBytes([.. version.ToBytes()]);

        version.Equals(copy).Should().BeTrue();
        version.GetHashCode().Should().Be(copy.GetHashCode());
        version.Equals(EntryVersion.New()).Should().BeFalse();
        version.Equals((object)"a text").Should().BeFalse();
        version.Equals(null).Should().BeFalse();
    }

    [Test]
    public void Versions_do_not_repeat_on_any_thread()
    {
        var versions = new ConcurrentBag<string>();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() => AddVersions(1_000))).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        versions.Should().HaveCount(4_000).And.OnlyHaveUniqueItems();

        void AddVersions(int count)
        {
            for (var i = 0; i < count; i++)
            {
                versions.Add(EntryVersion.New().ToString());
            }
        }
    }
}
