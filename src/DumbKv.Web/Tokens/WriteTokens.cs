using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace DumbKv.Web.Tokens;

/// <summary>The tokens that are allowed to write (WRITE_TOKENS), as SHA-256 hashes. If there are none, writes need no token.</summary>
public sealed class WriteTokens(IReadOnlyList<byte[]> hashes)
{
    /// <summary>The message for a client without a valid token.</summary>
    public const string Refusal = "This server requires a write token, and the request has none or an unknown one. Ask the operator for one, and send it as Authorization: Bearer.";

    private const int MarkCharacters = 8;

    public bool AreRequired => hashes.Count > 0;

    public static bool TryParseHash(string text, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = new byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(text, hash, out var read, out var written) == System.Buffers.OperationStatus.Done
            && read == text.Length && written == hash.Length;
    }

    /// <summary>Creates a token (256 random bits), and its hash for the setting.</summary>
    public static (string Token, string Hash) Make()
    {
        var token = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (token, Convert.ToHexStringLower(HashOf(token)));
    }

    /// <summary>The bearer token of the Authorization header. Null if there is none.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && AuthenticationHeaderValue.TryParse(header, out var value)
        && value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? value.Parameter
            : null;

    /// <param name="token">The token as it was sent.</param>
    /// <param name="mark">The first characters of its hash, for the audit log. Null if no token was sent.</param>
    public bool Accept(string? token, out string? mark)
    {
        mark = null;
        if (string.IsNullOrEmpty(token))
        {
            return !AreRequired;
        }

        var hash = HashOf(token);
        mark = Convert.ToHexStringLower(hash)[..MarkCharacters];

        // Compares with every hash in constant time, so that the duration reveals nothing about them.
        var known = !AreRequired;
        foreach (var other in hashes)
        {
            known |= CryptographicOperations.FixedTimeEquals(hash, other);
        }

        return known;
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
