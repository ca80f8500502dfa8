using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using DumbKv.Web.Configuration;

namespace DumbKv.IntegrationTests;

/// <summary>What the documentation names exists.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Root = FindRoot();

    [Test]
    public void Every_test_that_the_ASVS_page_names_exists()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*Vectors.cs", SearchOption.AllDirectories))
            .Select(File.ReadAllText)
            .ToList();

        var named = NamedTest().Matches(File.ReadAllText(Path.Combine(Root, "docs", "asvs.md")));

        named.Should().HaveCountGreaterThan(50);
        named.Where(test => !sources.Exists(source => Holds(source, test.Groups["class"].Value, test.Groups["name"].Value)))
            .Select(test => test.Value).Should().BeEmpty("each should be the name of a test");
    }

    [Test]
    public void The_settings_page_and_the_program_have_the_same_settings()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "settings.md"));

        var named = SettingRow().Matches(page).SelectMany(row => SettingName().Matches(row.Groups["names"].Value)).Select(name => name.Value);

        named.Should().BeEquivalentTo(SettingNames.All);
    }

    [Test]
    public void Every_link_between_files_leads_to_a_file_and_a_heading()
    {
        var pages = Directory.EnumerateFiles(Root, "*.md").Concat(Pages("docs")).Concat(Pages("deploy")).Concat(Pages(".github"));

        var dead = pages.SelectMany(page => Link().Matches(File.ReadAllText(page))
            .Where(link => !LeadsSomewhere(page, link.Groups["file"].Value, link.Groups["heading"].Value))
            .Select(link => $"{Path.GetRelativePath(Root, page)}: {link.Value}"));

        dead.Should().BeEmpty();
    }

    /// <summary>The commands under a heading of a page in docs, one string for each code block.</summary>
    internal static string[] CommandsOf(string page, string heading)
    {
        var section = File.ReadAllText(Path.Combine(Root, "docs", page)).Split($"# {heading}\n")[1].Split("\n#")[0];
        return [.. ShellBlock().Matches(section).Select(block => block.Groups["commands"].Value)];
    }

    private static IEnumerable<string> Pages(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories);

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

    internal static string FindRoot() => Repository.Root;

    [GeneratedRegex(@"`(?<class>[A-Z]\w*(?:Tests|Vectors))(?:\.(?<name>\w+))?`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"^\|(?<names>( `[A-Z_]+`,?)+) \|", RegexOptions.Multiline)]
    private static partial Regex SettingRow();

    [GeneratedRegex("[A-Z_]+")]
    private static partial Regex SettingName();

    [GeneratedRegex(@"```sh\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
