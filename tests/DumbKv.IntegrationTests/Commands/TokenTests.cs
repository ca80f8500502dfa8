using System.Security.Cryptography;
using System.Text;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Commands;

public sealed class TokenTests
{
    private static readonly string[] FromFile = ["sh", "-c", "exec \"$@\" < token.txt", "sh"];

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public async Task A_token_is_printed_with_the_hash_for_the_setting()
    {
        var first = await MakeAsync();
        var second = await MakeAsync();

        first.Hash.Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(first.Token))));
        first.Token.Should().HaveLength(43).And.NotBe(second.Token);
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty("nothing is stored");
    }

    [Test]
    public async Task A_named_token_is_printed_with_its_entry_for_the_file()
    {
        var made = await CommandRun.OnAsync(_store, "token", "--name", "ci", "--may", "write", "--databases", "0-9", "--expires", "90d");

        made.ExitCode.Should().Be(0, made.Output);
        var lines = made.Output.Split('\n');
        lines.Should().HaveCount(2);
        var token = After("Token, for the client: ", lines[0]);
        var parsed = TokensFile.Parse(Encoding.UTF8.GetBytes($"[{After("Entry, for TOKENS_FILE: ", lines[1])}]"), []).Single();
        parsed.Name.Should().Be("ci");
        parsed.Hash.SequenceEqual(AccessToken.HashOf(token)).Should().BeTrue();
        parsed.Rights.Should().Be(TokenRights.Write);
        parsed.Databases!.ToString().Should().Be("0-9");
        parsed.Expires.Should().BeCloseTo(TimeProvider.System.GetUtcNow().AddDays(90), TimeSpan.FromMinutes(2));
        Directory.EnumerateFileSystemEntries(_store.Folder).Should().BeEmpty("nothing is stored");
    }

    [Test]
    public async Task A_named_token_needs_no_databases_and_no_expiry()
    {
        var made = await CommandRun.OnAsync(_store, "token", "--name", "app", "--may", "read,write");

        var parsed = TokensFile.Parse(Encoding.UTF8.GetBytes($"[{After("Entry, for TOKENS_FILE: ", made.Output.Split('\n')[1])}]"), []).Single();
        (parsed.Rights, parsed.Databases, parsed.Expires).Should().Be((TokenRights.Read | TokenRights.Write, null, null));
    }

    [TestCase("--name is missing.", "--may", "read")]
    [TestCase("--name must be 1 to 64 lower-case letters", "--name", "CI", "--may", "read")]
    [TestCase("--may is missing.", "--name", "ci")]
    [TestCase("--may must be read, write or read,write.", "--name", "ci", "--may", "delete")]
    [TestCase("--may must be read, write or read,write.", "--name", "ci", "--may", "read,read")]
    [TestCase("--databases must be database numbers and ranges", "--name", "ci", "--may", "read", "--databases", "9-0")]
    [TestCase("--expires must be a number of days or hours in the future", "--name", "ci", "--may", "read", "--expires", "90")]
    [TestCase("--expires must be a number of days or hours in the future", "--name", "ci", "--may", "read", "--expires", "0d")]
    [TestCase("--expires must be a number of days or hours in the future", "--name", "ci", "--may", "read", "--expires", "99999999d")]
    [TestCase("--expires must be a number of days or hours in the future", "--name", "ci", "--may", "read", "--expires", "2020-01-01T00:00:00Z")]
    [TestCase("--exipres is not an option of dumbkv token. See dumbkv token --help", "--exipres", "90d")]
    [TestCase("dumbkv token has too many arguments. See dumbkv token --help", "ci")]
    public async Task A_wrong_option_is_one_sentence_and_makes_no_token(string message, params string[] options)
    {
        var made = await CommandRun.OnAsync(_store, ["token", .. options]);

        made.ExitCode.Should().Be(2);
        made.Output.Should().StartWith(message).And.NotContain("\n").And.NotContain("for the client");
    }

    [Test]
    public async Task Check_says_what_a_token_may_do()
    {
        var some = TestToken.Make("ci", "\"write\"", "0-9,42", "2099-01-01T00:00:00Z");
        var all = TestToken.Make("app", "\"read\", \"write\"");
        var unnamed = TestToken.Make("unnamed", "\"write\"");
        var expired = TestToken.Make("old", "\"read\"", expires: "2020-01-01T00:00:00Z");
        var unknown = TestToken.Make("unknown", "\"read\"");
        var file = Path.Combine(_store.Folder, "tokens.json");
        TestToken.Write(file, some, all, expired);
        (string, string)[] settings = [("TOKENS_FILE", file), ("WRITE_TOKENS", unnamed.Hash)];

        (await CheckAsync(some, settings)).Should().Be(new CommandRun(0, "The token ci may write in the databases 0-9,42, until 2099-01-01T00:00:00Z."));
        (await CheckAsync(all, settings)).Should().Be(new CommandRun(0, "The token app may read and write in all databases, and does not expire."));
        (await CheckAsync(unnamed, settings)).Should().Be(new CommandRun(0, $"The token {unnamed.Hash[..8]} may write in all databases, and does not expire."));
        (await CheckAsync(expired, settings)).Should().Be(new CommandRun(1, "The token old expired at 2020-01-01T00:00:00Z, so the server refuses it."));
        (await CheckAsync(unknown, settings)).Should().Be(new CommandRun(1, "The token is neither in TOKENS_FILE nor in WRITE_TOKENS, so the server refuses it."));
    }

    [Test]
    public async Task Check_without_a_token_a_setting_or_a_usable_file_says_what_to_do()
    {
        var token = TestToken.Make("ci", "\"write\"");
        var file = Path.Combine(_store.Folder, "tokens.json");

        (await CheckAsync(token, [])).Should().Be(new CommandRun(2, "TOKENS_FILE and WRITE_TOKENS are not set, so the server needs no token."));
        (await CheckAsync(token, [("TOKENS_FILE", file)])).Should().Be(new CommandRun(2, $"TOKENS_FILE: {file} does not exist or cannot be reached. Name a file that this user can read."));
        TestToken.Write(file, token);
        (await CheckAsync(token with { Token = " " }, [("TOKENS_FILE", file)])).Should().Be(new CommandRun(2, "There is no token on standard input. Write: dumbkv token check < token.txt"));
    }

    private async Task<CommandRun> CheckAsync(TestToken token, (string, string)[] settings)
    {
        await File.WriteAllTextAsync(Path.Combine(_store.Folder, "token.txt"), token.Token + "\n");
        return await CommandRun.UnderAsync(FromFile, _store, settings, "token", "check");
    }

    private async Task<(string Token, string Hash)> MakeAsync()
    {
        var made = await CommandRun.OnAsync(_store, "token");
        made.ExitCode.Should().Be(0);
        var lines = made.Output.Split('\n');
        return (After("Token, for the client: ", lines[0]), After("Hash, for WRITE_TOKENS: ", lines[1]));
    }

    private static string After(string beginning, string line)
    {
        line.Should().StartWith(beginning);
        return line[beginning.Length..];
    }
}
