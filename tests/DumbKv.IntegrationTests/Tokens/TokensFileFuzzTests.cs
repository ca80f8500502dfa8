using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

#pragma warning disable RS0030 // Nothing here is secret, and a case has to be repeatable from its seed.

namespace DumbKv.IntegrationTests.Tokens;

/// <summary>
/// Damaged files: each is refused with a sentence, or grants exactly what its JSON says. A second reading of the file, by another parser,
/// checks the latter.
/// </summary>
public sealed class TokensFileFuzzTests
{
    private const string Valid = """
        [
          {"name": "ci", "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "may": ["write"], "databases": "0-9,42", "expires": "2027-01-01T00:00:00Z"},
          {"name": "app.reader_1", "sha256": "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "may": ["read", "write"]},
          {"name": "b", "sha256": "e123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "may": ["read"], "databases": "7"}
        ]
        """;

    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\", "\\ud800", "\\u0022", "null", "true", "0", "-", "9", "1e9", "\"read\"", "\"write\"", "\"may\"", "\"name\"", "\"databases\"",
        "\"expires\"", "\"sha256\"", "\"\"", " ", "\n", "\0", "\ufeff", "é", "/*", "//", "*", "Z", "+00:00", "{\"name\": \"x\"}", "[\"read\"]", "2147483647", "99999999999999999999",
    ];

    private static readonly int Files = Rounds.Of(30_000, 1_000_000);

    [Test]
    public void A_damaged_file_never_crashes_the_parser_and_grants_no_more_than_it_says([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var round = 0; round < Files / 2; round++)
        {
            var file = Damage(Encoding.UTF8.GetBytes(Valid), random);
            IReadOnlyList<AccessToken> tokens;
            try
            {
                tokens = TokensFile.Parse(file, []);
            }
            catch (TokensFileException exception)
            {
                exception.Message.Should().NotBeEmpty();
                continue;
            }

            accepted++;
            Describe(tokens).Should().Equal(Describe(file), "seed {0}, round {1}: {2}", seed, round, Encoding.UTF8.GetString(file));
        }

        accepted.Should().BeInRange(Files / 1_000, Files / 3, "most damage is found, and some of it leaves another valid file");
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(file.Length + 1);
            var end = Math.Min(file.Length, at + random.Next(0, 40));
            file = random.Next(7) switch
            {
                0 => [.. file[..at], .. file[end..]],
                1 => [.. file[..at]],
                2 => [.. file[..at], (byte)random.Next(256), .. file[Math.Min(file.Length, at + 1)..]],
                3 => [.. file[..at], .. file[at..end], .. file[at..]],
                4 => [.. file[..at], (byte)"0123456789abcdefghijklmnopqrstuvwxyz,-"[random.Next(38)], .. file[Math.Min(file.Length, at + 1)..]],
                _ => [.. file[..at], .. Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]), .. file[(random.Next(2) == 0 ? at : end)..]],
            };
        }

        return file;
    }

    private static IEnumerable<string> Describe(IReadOnlyList<AccessToken> tokens) => tokens.Select(token =>
        $"{token.Name} {Convert.ToHexStringLower(token.Hash)} {token.Allows(TokenRights.Read)} {token.Allows(TokenRights.Write)} {token.Databases?.ToString() ?? "all"} {token.Expires?.UtcTicks}");

    /// <summary>Throws if the file is not strict JSON.</summary>
    private static IEnumerable<string> Describe(byte[] file)
    {
        var text = Encoding.UTF8.GetString(file).TrimStart('\ufeff');
        foreach (var entry in JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsArray().Select(node => node!.AsObject()))
        {
            var may = entry["may"]!.AsArray().Select(right => right!.GetValue<string>()).ToList();
            entry.Select(field => field.Key).Should().BeSubsetOf(["name", "sha256", "may", "databases", "expires"]);
            yield return $"{entry["name"]!.GetValue<string>()} {entry["sha256"]!.GetValue<string>().ToLowerInvariant()} {may.Contains("read")} {may.Contains("write")} "
                + $"{(entry.ContainsKey("databases") ? entry["databases"]!.GetValue<string>() : "all")} "
                + $"{(entry.ContainsKey("expires") ? DateTimeOffset.Parse(entry["expires"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture).UtcTicks : null)}";
        }
    }
}
