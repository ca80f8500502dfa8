using System.Security.Cryptography;

namespace DumbKv.Web.Tokens;

/// <summary>The tokens of TOKENS_FILE and WRITE_TOKENS that the server accepts now.</summary>
/// <param name="file">The path in TOKENS_FILE. Null: it is not set.</param>
/// <param name="writeTokens">The tokens of WRITE_TOKENS. They stay the same for the life of the process.</param>
/// <param name="fileTokens">The tokens that the file had at start.</param>
public sealed class TokenStore(string? file, IReadOnlyList<AccessToken> writeTokens, IReadOnlyList<AccessToken> fileTokens)
{
    private volatile AccessToken[] _tokens = [.. writeTokens, .. fileTokens];

    public string? File { get; } = file;

    public IReadOnlyList<AccessToken> WriteTokens { get; } = writeTokens;

    /// <summary>
    /// Whether the server has tokens. A file without a valid token counts, so that a file that was emptied does not open the server.
    /// </summary>
    public bool IsConfigured { get; } = file is not null || writeTokens.Count > 0;

    /// <summary>Replaces the tokens of the file. The requests that start after this call see all of the new ones.</summary>
    public void Replace(IReadOnlyList<AccessToken> fileTokens) => _tokens = [.. WriteTokens, .. fileTokens];

    /// <summary>The token with this hash, also if it has expired. Null: there is none.</summary>
    public AccessToken? Find(ReadOnlySpan<byte> hash)
    {
        // Compares with every hash in constant time and does not stop at a match, so that the duration reveals nothing about them.
        AccessToken? found = null;
        foreach (var token in _tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, token.Hash))
            {
                found = token;
            }
        }

        return found;
    }
}
