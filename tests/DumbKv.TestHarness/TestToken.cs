using DumbKv.Web.Tokens;

namespace DumbKv.TestHarness;

/// <summary>A token, and its entry in TOKENS_FILE.</summary>
public sealed record TestToken(string Name, string Token, string Hash, string Entry)
{
    /// <param name="name">Its name.</param>
    /// <param name="may">As the JSON in the file: "read", "write".</param>
    /// <param name="databases">Null: all.</param>
    /// <param name="expires">Null: never.</param>
    public static TestToken Make(string name, string may, string? databases = null, string? expires = null)
    {
        var (token, hash) = AccessToken.Make();
        var entry = $$"""{"name": "{{name}}", "sha256": "{{hash}}", "may": [{{may}}]"""
            + (databases is null ? "" : $", \"databases\": \"{databases}\"")
            + (expires is null ? "" : $", \"expires\": \"{expires}\"")
            + "}";
        return new TestToken(name, token, hash, entry);
    }

    /// <summary>The content of TOKENS_FILE.</summary>
    public static string FileOf(params IEnumerable<TestToken> tokens) => $"[{string.Join(",\n", tokens.Select(token => token.Entry))}]\n";

    /// <summary>Replaces the file in one step, as an editor does.</summary>
    public static void Write(string file, params IEnumerable<TestToken> tokens)
    {
        var next = file + ".next";
        File.WriteAllText(next, FileOf(tokens));
        File.Move(next, file, overwrite: true);
    }
}
