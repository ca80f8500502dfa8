using System.Text;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>The format of TOKENS_FILE.</summary>
public sealed class TokensFileTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string OtherHash = "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly int[] Inside = [0, 9, 42];
    private static readonly int[] Outside = [-1, 10, 41, 43, int.MaxValue, int.MinValue];

    [Test]
    public void A_token_has_its_name_rights_databases_and_expiry()
    {
        var token = Parse($$"""[{"name": "ci", "sha256": "{{Hash.ToUpperInvariant()}}", "may": ["write", "read"], "databases": "0-9,42", "expires": "2027-01-01T01:00:00+01:00"}]""")
            .Should().ContainSingle().Subject;

        token.Name.Should().Be("ci");
        Convert.ToHexStringLower(token.Hash).Should().Be(Hash);
        token.Rights.Should().Be(TokenRights.Read | TokenRights.Write);
        Inside.Should().OnlyContain(database => token.Allows(TokenRights.Read, database));
        Outside.Should().NotContain(database => token.Allows(TokenRights.Read, database));
        token.Expires.Should().Be(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Test]
    public void A_token_without_databases_and_expiry_is_for_all_databases_and_for_ever()
    {
        var token = Parse(Entry("""["read"]""")).Single();

        token.Allows(TokenRights.Read, -1).Should().BeTrue();
        token.Allows(TokenRights.Write, 0).Should().BeFalse();
        token.Allows(TokenRights.Read | TokenRights.Write).Should().BeFalse();
        token.IsExpired(DateTimeOffset.MaxValue).Should().BeFalse();
    }

    [Test]
    public void A_list_without_tokens_and_a_byte_order_mark_are_accepted()
    {
        Parse("[]").Should().BeEmpty();
        Parse("\ufeff [ ] \r\n").Should().BeEmpty();
    }

    [Test]
    public void A_token_expires_at_its_second()
    {
        var token = Parse(Entry("""["read"], "expires": "2027-01-01T00:00:00Z" """)).Single();
        var at = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

        token.IsExpired(at.AddTicks(-1)).Should().BeFalse();
        token.IsExpired(at).Should().BeTrue();
    }

    [TestCase("", "is empty. A list without tokens is []")]
    [TestCase(" \n", "is empty. A list without tokens is []")]
    [TestCase("[", "is not valid JSON. The error is in line 1.")]
    [TestCase("[\n{\"name\": \n", "is not valid JSON. The error is in line 3.")]
    [TestCase("[]]", "is not valid JSON. The error is in line 1.")]
    [TestCase("[] []", "is not valid JSON. The error is in line 1.")]
    [TestCase("[] // none", "is not valid JSON. The error is in line 1.")]
    [TestCase("[[[[[[[[[[]]]]]]]]]]", "is not valid JSON. The error is in line 1.")]
    [TestCase("{}", "must be a JSON list of tokens. ")]
    [TestCase("null", "must be a JSON list of tokens. ")]
    [TestCase("[null]", "entry 1 is not an object. ")]
    [TestCase("[\"ci\"]", "entry 1 is not an object. ")]
    [TestCase("[{}]", "entry 1: \"name\" must be 1 to 64 lower-case letters, digits, dots, hyphens and underscores, and not a hash.")]
    public void A_file_that_is_no_list_of_tokens_is_refused(string file, string message) => ShouldFail(file, message);

    [TestCase("null")]
    [TestCase("1")]
    [TestCase("\"\"")]
    [TestCase("\"CI\"")]
    [TestCase("\"c i\"")]
    [TestCase("\"ci\\n\"")]
    [TestCase("\"\\ud800\"")]
    [TestCase("\"" + Hash + "\"")]
    [TestCase("\"a123456789012345678901234567890123456789012345678901234567890123x\"")]
    public void A_wrong_name_is_refused(string name) =>
        ShouldFail($$"""[{"name": {{name}}, "sha256": "{{Hash}}", "may": ["read"]}]""", "entry 1: \"name\" must be 1 to 64 lower-case letters");

    [TestCase("null")]
    [TestCase("\"\"")]
    [TestCase("\"0123\"")]
    [TestCase("\"" + Hash + "0\"")]
    [TestCase("\"" + Hash + "00\"")]
    [TestCase("\"g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"")]
    [TestCase("[\"" + Hash + "\"]")]
    public void A_wrong_hash_is_refused(string hash) =>
        ShouldFail($$"""[{"name": "ci", "sha256": {{hash}}, "may": ["read"]}]""", "entry 1 (\"ci\"): \"sha256\" must be the SHA-256 hash of the token, 64 hexadecimal digits.");

    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("\"read\"")]
    [TestCase("[\"read\", \"read\"]")]
    [TestCase("[\"Read\"]")]
    [TestCase("[\"delete\"]")]
    [TestCase("[\"read\", null]")]
    [TestCase("[\"read\", \"\\ud800\"]")]
    [TestCase("[[\"read\"]]")]
    public void Wrong_rights_are_refused(string may) => ShouldFail(Entry(may), "entry 1 (\"ci\"): \"may\" must be a list of \"read\", \"write\" or both, each once.");

    [TestCase("\"\"")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("\"*\"")]
    [TestCase("\"-1\"")]
    [TestCase("\"9-0\"")]
    [TestCase("\"0-\"")]
    [TestCase("\"0-1-2\"")]
    [TestCase("\"0,\"")]
    [TestCase("\"0, 1\"")]
    [TestCase("\"00\"")]
    [TestCase("\"2147483648\"")]
    [TestCase("\"+1\"")]
    [TestCase("\"٣\"")]
    public void Wrong_databases_are_refused(string databases) =>
        ShouldFail(Entry($"""["read"], "databases": {databases}"""), "entry 1 (\"ci\"): \"databases\" must be database numbers and ranges from 0 to 2147483647");

    [Test]
    public void More_ranges_than_the_maximum_are_refused()
    {
        Parse(Entry($"""["read"], "databases": "{string.Join(',', Enumerable.Range(0, DatabaseRanges.MaxRanges))}" """)).Should().ContainSingle();
        ShouldFail(Entry($"""["read"], "databases": "{string.Join(',', Enumerable.Range(0, DatabaseRanges.MaxRanges + 1))}" """), "entry 1 (\"ci\"): \"databases\" must be");
    }

    [TestCase("null")]
    [TestCase("\"\"")]
    [TestCase("1893456000")]
    [TestCase("\"2027-01-01\"")]
    [TestCase("\"2027-01-01T00:00:00\"")]
    [TestCase("\"2027-02-30T00:00:00Z\"")]
    [TestCase("\"2027-01-01 00:00:00Z\"")]
    [TestCase("\" 2027-01-01T00:00:00Z\"")]
    [TestCase("\"tomorrow\"")]
    public void A_wrong_expiry_is_refused(string expires) =>
        ShouldFail(Entry($"""["read"], "expires": {expires}"""), "entry 1 (\"ci\"): \"expires\" must be a time with its zone, like \"2027-01-01T00:00:00Z\".");

    [TestCase("\"databasez\": \"0\"")]
    [TestCase("\"Databases\": \"0\"")]
    [TestCase("\"\": 1")]
    [TestCase("\"\\ud800\": 1")]
    public void An_unknown_field_is_refused(string field) => ShouldFail(Entry($"""["read"], {field}"""), "entry 1 has an unknown field. ");

    [TestCase("\"may\": [\"write\"]", "may")]
    [TestCase("\"m\\u0061y\": [\"write\"]", "may")]
    [TestCase("\"name\": \"x\"", "name")]
    public void A_field_that_occurs_twice_is_refused(string field, string name) => ShouldFail(Entry($"""["read"], {field}"""), $"entry 1 has \"{name}\" twice.");

    [Test]
    public void A_name_or_a_hash_of_another_entry_is_refused()
    {
        ShouldFail(
            $$"""[{"name": "a", "sha256": "{{Hash}}", "may": ["read"]}, {"name": "a", "sha256": "{{OtherHash}}", "may": ["read"]}]""",
            "entry 2 (\"a\") has the name of entry 1. Each name must be unique.");
        ShouldFail(
            $$"""[{"name": "a", "sha256": "{{Hash}}", "may": ["read"]}, {"name": "b", "sha256": "{{Hash.ToUpperInvariant()}}", "may": ["read"]}]""",
            "entry 2 (\"b\") has the \"sha256\" of entry 1. Each token must be unique.");
    }

    [Test]
    public void A_hash_of_WRITE_TOKENS_is_refused()
    {
        var parse = () => TokensFile.Parse(Encoding.UTF8.GetBytes(Entry("""["read"]""")), [AccessToken.ForWrites(Convert.FromHexString(Hash))]);

        parse.Should().Throw<TokensFileException>().WithMessage("entry 1 (\"ci\") has a \"sha256\" that is in WRITE_TOKENS too. Remove it from one of them.");
    }

    [Test]
    public void More_tokens_than_the_maximum_are_refused()
    {
        static string FileOf(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(number => $$"""{"name": "n{{number}}", "sha256": "{{number:x64}}", "may": ["read"]}"""))}]";

        Parse(FileOf(TokensFile.MaxTokens)).Should().HaveCount(TokensFile.MaxTokens);
        ShouldFail(FileOf(TokensFile.MaxTokens + 1), "has 1001 tokens. The maximum is 1000.");
    }

    [Test]
    public void Bytes_that_are_no_text_are_refused()
    {
        var parse = () => TokensFile.Parse(new byte[] { (byte)'[', 0xFF, (byte)']' }, []);

        parse.Should().Throw<TokensFileException>().WithMessage("is not text in UTF-8.");
    }

    private static string Entry(string mayAndMore) => $$"""[{"name": "ci", "sha256": "{{Hash}}", "may": {{mayAndMore}}}]""";

    private static IReadOnlyList<AccessToken> Parse(string file) => TokensFile.Parse(Encoding.UTF8.GetBytes(file), []);

    private static void ShouldFail(string file, string message)
    {
        var parse = () => Parse(file);

        var said = parse.Should().Throw<TokensFileException>().Which.Message;
        said.Should().StartWith(message);
        said.Should().NotContain(Hash[..8], "no message has a part of a hash");
    }
}
