namespace DumbKv.Client.Tests;

public sealed class E1KeyTests
{
    private const string Key = "e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw";

    [Test]
    public void A_made_key_is_random_and_has_the_form()
    {
        var keys = Enumerable.Range(0, 200).Select(_ => E1Key.Create().Value).ToList();

        keys.Should().OnlyHaveUniqueItems().And.AllSatisfy(key => key.Should().MatchRegex(@"\Ae1(-[346789abcdefghjkmnpqrtwxy]{4}){7}\z"));
        string.Concat(keys).Replace("e1-", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Distinct().Should().HaveCount(25);
    }

    private static IEnumerable<TestCaseData> WrongKeys =>
    [
        Case("null", null), Case("empty", ""), Case("a plain key", "hunter2"), Case("without the prefix", Key[3..]), Case("another prefix", "e2" + Key[2..]),
        Case("in capitals", Key.ToUpperInvariant()), Case("a character too few", Key[..^1]), Case("a character too many", Key + "3"),
        Case("a character outside the alphabet", Key[..^1] + "0"), Case("a line break at the end", Key + "\n"), Case("a space in front", " " + Key),
        Case("an empty name", Key + "/"), Case("another separator", Key + ":name"), Case("a name that is too long", $"{Key}/{new string('n', 1_025)}"),
        Case("a name of too many bytes", $"{Key}/{new string('é', 513)}"), Case("a name with a lone surrogate", Key + "/\ud800"),
    ];

    [TestCaseSource(nameof(WrongKeys))]
    public void Another_text_is_refused_and_not_repeated(string? text)
    {
        E1Key.TryParse(text, out _).Should().BeFalse();
        FluentActions.Invoking(() => E1Key.Parse(text!)).Should().Throw<FormatException>().Which.Message.Should().NotContain("geb9");
    }

    [TestCase("n")]
    [TestCase("/")]
    [TestCase("db/password")]
    [TestCase("\0")]
    [TestCase(" ")]
    [TestCase("é 🔑")]
    public void A_name_is_part_of_the_key_exactly_as_given(string name)
    {
        var key = E1Key.Parse($"{Key}/{name}");

        key.Name.Should().Be(name);
        key.Should().Be(E1Key.Parse(Key).WithName(name));
        key.Value.Should().Be($"{Key}/{name}");
    }

    [Test]
    public void The_longest_name_is_accepted() => E1Key.Parse(Key).WithName(new string('é', 512)).Name.Should().HaveLength(512);

    [Test]
    public void A_key_does_not_print_itself()
    {
        $"{E1Key.Parse(Key + "/name")}".Should().Be("e1-…");
        $"{E1Link.Parse("https://kv.example/#key=" + Key)}".Should().Be("https://kv.example/#key=e1-…");
    }

    [TestCase("a " + Key + "x", true)]
    [TestCase("https://kv.example/#key=" + Key, true)]
    [TestCase("e1-geb9-gpwd", false)]
    public void A_made_key_is_found_anywhere(string text, bool expected) => E1Key.ContainsMadeKey(text).Should().Be(expected);

    // ---- Links

    [TestCase("", 0, false)]
    [TestCase("&database=7", 7, false)]
    [TestCase("&database=-2147483648&passphrase=1", int.MinValue, true)]
    [TestCase("&passphrase=1", 0, true)]
    public void A_link_is_read(string tail, int database, bool needsPassphrase)
    {
        var link = E1Link.Parse($"https://kv.example:8443/#key={Key}{tail}");

        link.Page.Should().Be(new Uri("https://kv.example:8443/"));
        link.Key.Value.Should().Be(Key);
        link.Database.Should().Be(database);
        link.NeedsPassphrase.Should().Be(needsPassphrase);
    }

    private static IEnumerable<TestCaseData> DamagedLinks =>
    [
        .. ((string[])
        [
            "x", "/name", "%2Fname", " ", "\n", "&", "&database", "&database=", "&database=0", "&database=-0", "&database=07", "&database=+7", "&database=7.0", "&database=2147483648",
            "&database=-2147483649", "&database=99999999999999999999", "&database=7&database=8", "&passphrase=1&database=7", "&passphrase=0", "&passphrase=", "&passphrase=1&passphrase=1",
            "&Database=7", "&other=1", "&database=７", ".",
        ]).Select(tail => Case($"…{tail}", $"https://kv.example/#key={Key}{tail}")),
        Case("only the prefix", "https://kv.example/#key=e1-"), Case("a character is missing", $"https://kv.example/#key={Key[..^1]}"),
        Case("escaped", $"https://kv.example/#key={Key.Replace("-", "%2D", StringComparison.Ordinal)}"), Case("no server", $"#key={Key}"), Case("a file", $"file:///a#key={Key}"),
        Case("an address that looks like another one", $"https://dumbkv.example.com@evil.example/#key={Key}"),
        Case("null", null),
    ];

    [TestCaseSource(nameof(DamagedLinks))]
    public void A_damaged_link_is_refused_and_not_repeated(string? link)
    {
        E1Link.TryParse(link, out _).Should().BeFalse();
        FluentActions.Invoking(() => E1Link.Parse(link!)).Should().Throw<FormatException>().Which.Message.Should().NotContain("geb9");
    }

    [TestCase("https://kv.example/#key=e1-", true)]
    [TestCase("https://kv.example/#database=0&key=e1-", false)]
    [TestCase("https://kv.example/#key=hunter2", false)]
    [TestCase("https://kv.example/", false)]
    public void Only_a_fragment_that_begins_with_an_end_to_end_key_is_such_a_link(string link, bool expected) => E1Link.IsLink(link).Should().Be(expected);

    // ---- Names of files

    [TestCase("logo.png", "logo.png")]
    [TestCase("../../etc/passwd", "passwd")]
    [TestCase("C:\\Windows\\x.dll", "x.dll")]
    [TestCase("a/b\\c.txt", "c.txt")]
    [TestCase("..", null)]
    [TestCase(".", null)]
    [TestCase("/", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    [TestCase("...", null)]
    [TestCase("a\0\r\n\t\u007f\u009fb", "ab")]
    [TestCase("exe.\u202egnp", "exe.gnp")]
    [TestCase("\u061c\u200e\u200f\u202a\u2066\u2069x", "x")]
    [TestCase(" a b ", "a b")]
    [TestCase("naïve 🔑.txt", "naïve 🔑.txt")]
    [TestCase(".env", ".env")]
    public void The_name_of_a_file_is_made_harmless(string? claimed, string? safe) => new E1File { Name = claimed }.SafeName.Should().Be(safe);

    private static TestCaseData Case(string name, string? argument) =>
        new TestCaseData(argument).SetArgDisplayNames(string.Concat(name.Select(character => char.IsControl(character) ? '·' : character)));
}
