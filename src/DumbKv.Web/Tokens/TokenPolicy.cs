namespace DumbKv.Web.Tokens;

/// <summary>Which requests need a token, if the server has tokens.</summary>
public enum RequireToken
{
    /// <summary>Sets and deletes.</summary>
    Write,

    /// <summary>Reads and peeks too.</summary>
    All,
}

/// <summary>Why a request is refused.</summary>
public enum TokenRefusal
{
    None,

    /// <summary>It needs a token and has none.</summary>
    Missing,

    Unknown,

    Expired,

    /// <summary>The token is valid and does not allow the operation.</summary>
    Right,

    /// <summary>The token is valid and not for this database.</summary>
    Database,
}

/// <param name="Token">The valid or expired token of the request. Null if it has none that the server knows, or its token is ignored.</param>
/// <param name="Refusal">Why the request is refused, if it is.</param>
public readonly record struct TokenDecision(AccessToken? Token, TokenRefusal Refusal)
{
    public bool IsRefused => Refusal != TokenRefusal.None;

    /// <summary>401 asks for another token. 403 says that this one is not enough.</summary>
    public int Status => Refusal is TokenRefusal.Right or TokenRefusal.Database ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;

    /// <summary>The name of the token, if it may read in this database. Its failed reads then count for the token, and not for the address.</summary>
    public string? ReaderOf(int database) => Token?.Allows(TokenRights.Read, database) is true ? Token.Name : null;
}

/// <summary>Decides whether a request may do what it asks for.</summary>
public sealed class TokenPolicy(TokenStore tokens, RequireToken required, TimeProvider time)
{
    /// <summary>Without tokens everyone may do everything.</summary>
    public bool IsConfigured => tokens.IsConfigured;

    public bool IsRequiredFor(TokenRights right) => tokens.IsConfigured && (required == RequireToken.All || right != TokenRights.Read);

    /// <param name="hash">The hash of the token that the request has. Null: it has none.</param>
    /// <param name="right">The right that it needs.</param>
    /// <param name="database">Null: it is not known yet.</param>
    public TokenDecision Decide(byte[]? hash, TokenRights right, int? database)
    {
        var token = hash is null ? null : tokens.Find(hash);
        var isExpired = token?.IsExpired(time.GetUtcNow()) is true;
        if (!IsRequiredFor(right))
        {
            return new TokenDecision(isExpired ? null : token, TokenRefusal.None);
        }

        var refusal = hash is null ? TokenRefusal.Missing
            : token is null ? TokenRefusal.Unknown
            : isExpired ? TokenRefusal.Expired
            : !token.Allows(right) ? TokenRefusal.Right
            : database is { } number && !token.Allows(right, number) ? TokenRefusal.Database
            : TokenRefusal.None;
        return new TokenDecision(token, refusal);
    }
}
