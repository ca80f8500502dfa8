using System.Security.Cryptography;

namespace DumbKv.SecurityTests;

/// <summary>Tokens, and TOKENS_FILE outside of the store's folder, whose files are searched for their hashes.</summary>
internal sealed class CanaryTokens(Canaries canaries)
{
    public Canary Reader { get; } = canaries.Word("the token of a reader");

    public Canary Narrow { get; } = canaries.Word("the token of another database");

    public Canary Expired { get; } = canaries.Word("the expired token");

    /// <summary>In WRITE_TOKENS.</summary>
    public Canary Unnamed { get; } = canaries.Word("the token without a name");

    public static string HashOf(Canary token) => Convert.ToHexStringLower(SHA256.HashData(token.Bytes));

    /// <param name="owner">A token that may do everything.</param>
    public TokensFile WriteFile(Canary owner)
    {
        var file = new TokensFile(Path.Combine(Directory.CreateTempSubdirectory("dumbkv-test-").FullName, "tokens.json"));
        WriteFile(owner, file.Path);
        return file;
    }

    public void WriteFile(Canary owner, string path) => File.WriteAllText(path, $$"""
        [
          {"name": "owner", "sha256": "{{HashOf(owner)}}", "may": ["read", "write"]},
          {"name": "reader", "sha256": "{{HashOf(Reader)}}", "may": ["read"]},
          {"name": "narrow", "sha256": "{{HashOf(Narrow)}}", "may": ["write"], "databases": "99"},
          {"name": "expired", "sha256": "{{HashOf(Expired)}}", "may": ["read", "write"], "expires": "2020-01-01T00:00:00Z"}
        ]
        """);

    internal sealed record TokensFile(string Path) : IDisposable
    {
        public void Dispose() => Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
    }
}
