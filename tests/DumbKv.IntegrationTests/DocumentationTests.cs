using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using DumbKv.Web.Configuration;

namespace DumbKv.IntegrationTests;

/// <summary>What the documentation names exists.</summary>
public sealed partial class DocumentationTests
{
    /// <summary>The requirements of levels 1 and 2 of ASVS 5.0.0, in the chapters that apply to a server without accounts.</summary>
    private const string Requirements = """
        1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6 1.2.7 1.2.8 1.2.9 1.3.1 1.3.2 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7 1.3.8 1.3.9
        1.3.10 1.3.11 1.4.1 1.4.2 1.4.3 1.5.1 1.5.2
        2.1.1 2.1.2 2.1.3 2.2.1 2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1
        3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 3.5.4 3.5.5 3.7.1 3.7.2
        4.1.1 4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.1 4.4.2 4.4.3 4.4.4
        5.1.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2 5.4.1 5.4.2 5.4.3
        8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1
        11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.4.1 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1
        12.1.1 12.1.2 12.1.3 12.2.1 12.2.2 12.3.1 12.3.2 12.3.3 12.3.4
        13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5
        14.1.1 14.1.2 14.2.1 14.2.2 14.2.3 14.2.4 14.3.1 14.3.2 14.3.3
        15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7
        16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3
        """;

    [TestCase("asvs.md", 50)]
    [TestCase("checklist.md", 12)]
    public void Every_test_that_a_page_names_exists(string page, int number)
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Vectors.cs", SearchOption.AllDirectories))
            .Select(File.ReadAllText)
            .ToList();

        var named = NamedTest().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", page)));

        named.Should().HaveCountGreaterThan(number);
        named.Where(test => !sources.Exists(source => Holds(source, test.Groups["class"].Value, test.Groups["name"].Value)))
            .Select(test => test.Value).Should().BeEmpty("each should be the name of a test");
    }

    [Test]
    public void The_ASVS_page_leaves_out_no_requirement_of_a_chapter_that_applies()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "asvs.md"));

        Requirement().Matches(Requirements).Select(number => number.Value)
            .Except(Requirement().Matches(page).Select(number => number.Value)).Should().BeEmpty();
    }

    [Test]
    public void The_settings_page_and_the_program_have_the_same_settings()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));

        var named = SettingRow().Matches(page).SelectMany(row => SettingName().Matches(row.Groups["names"].Value)).Select(name => name.Value);

        named.Should().BeEquivalentTo(SettingNames.All);
    }

    [Test]
    public void Every_link_between_files_leads_to_a_file_and_a_heading()
    {
        var pages = Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Pages("docs")).Concat(Pages("deploy")).Concat(Pages(".github"));

        var dead = pages.SelectMany(page => Link().Matches(File.ReadAllText(page))
            .Where(link => !LeadsSomewhere(page, link.Groups["file"].Value, link.Groups["heading"].Value))
            .Select(link => $"{Path.GetRelativePath(Repository.Root, page)}: {link.Value}"));

        dead.Should().BeEmpty();
    }

    private static IEnumerable<string> Pages(string folder) => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories);

    private static bool LeadsSomewhere(string page, string file, string heading)
    {
        var target = file.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, file);
        return Path.Exists(target)
            && (heading.Length == 0 || Heading().Matches(File.ReadAllText(target)).Any(title => Anchor(title.Groups["title"].Value).Equals(heading, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The anchor that GitHub gives a heading, in the case of the heading.</summary>
    private static string Anchor(string title) => NotInAnchor().Replace(title, string.Empty).Replace(' ', '-');

    private static bool Holds(string source, string type, string name) =>
        Regex.IsMatch(source, $@"class {type}\b") && (name.Length == 0 || Regex.IsMatch(source, $@"\b{name}\("));

    [GeneratedRegex(@"`(?<class>[A-Z]\w*(?:Tests|Vectors))(?:\.(?<name>\w+))?`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"\b\d+\.\d+\.\d+\b")]
    private static partial Regex Requirement();

    [GeneratedRegex(@"^\|(?<names>( `[A-Z_]+`,?)+) \|", RegexOptions.Multiline)]
    private static partial Regex SettingRow();

    [GeneratedRegex("[A-Z_]+")]
    private static partial Regex SettingName();

    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
