using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace DumbKv.Web.Tokens;

/// <summary>A token that the server knows by its SHA-256 hash, and what it allows.</summary>
/// <remarks>Not a record, because a record would print the hash.</remarks>
public sealed class AccessToken
{
    private const int MarkCharacters = 8;

    private readonly byte[] _hash;

    private AccessToken(string name, byte[] hash) => (Name, _hash) = (name, hash);

    /// <summary>Its name in TOKENS_FILE. A token of WRITE_TOKENS has no name there, so this is the first part of its hash.</summary>
    public string Name { get; }

    public ReadOnlySpan<byte> Hash => _hash;

    public required TokenRights Rights { get; init; }

    /// <summary>Null: all databases.</summary>
    public DatabaseRanges? Databases { get; init; }

    /// <summary>The first moment at which the token is not valid any more. Null: it does not expire.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>A token of TOKENS_FILE.</summary>
    public static AccessToken Named(string name, byte[] hash, TokenRights rights, DatabaseRanges? databases, DateTimeOffset? expires) =>
        new(name, hash) { Rights = rights, Databases = databases, Expires = expires };

    /// <summary>A token of WRITE_TOKENS.</summary>
    public static AccessToken ForWrites(byte[] hash) => new(MarkOf(hash), hash) { Rights = TokenRights.Write };

    /// <summary>Creates a token (256 random bits), and its hash for the settings.</summary>
    public static (string Token, string Hash) Make()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (token, Convert.ToHexStringLower(HashOf(token)));
    }

    /// <summary>The hash of a token as a client sends it.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static bool TryParseHash(string text, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = new byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(text, hash, out var read, out var written) == System.Buffers.OperationStatus.Done
            && read == text.Length && written == hash.Length;
    }

    /// <summary>The first part of a hash, which identifies a token in the audit log.</summary>
    public static string MarkOf(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash)[..MarkCharacters];

    /// <summary>The bearer token of the Authorization header. Null if there is none.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && AuthenticationHeaderValue.TryParse(header, out var value)
        && value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? value.Parameter
            : null;

    public bool IsExpired(DateTimeOffset now) => now >= Expires;

    public bool Allows(TokenRights right) => (Rights & right) == right;

    public bool Allows(TokenRights right, int database) => Allows(right) && Databases?.Contain(database) is not false;
}
