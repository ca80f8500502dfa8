using DumbKv.Application;
using DumbKv.Web.Auditing;

namespace DumbKv.Web.Tokens;

/// <summary>Checks the token of a request, and records the result in the audit log and the metrics.</summary>
/// <remarks>
/// A request to the API is checked twice. The first check is before its body is read, so that a client without a token cannot fill
/// memory. The second one is after that, because the database is in the body, and because a slow body can outlive its token.
/// </remarks>
public sealed class TokenChecker(TokenPolicy policy, KvMetrics metrics)
{
    /// <summary>The first check of a request to the API.</summary>
    public TokenDecision CheckRight(HttpContext http, TokenRights right)
    {
        var hash = AccessToken.BearerOf(http.Request) is { Length: > 0 } token ? AccessToken.HashOf(token) : null;
        if (hash is null && !policy.IsRequiredFor(right))
        {
            return default;
        }

        http.Features.Set(new ApiRequest(hash, right));
        return Record(http, hash, policy.Decide(hash, right, database: null), isLast: false);
    }

    /// <summary>The second check of a request to the API.</summary>
    public TokenDecision CheckDatabase(HttpContext http, int database) => policy.IsConfigured && http.Features.Get<ApiRequest>() is { } request
        ? Record(http, request.Hash, policy.Decide(request.Hash, request.Right, database), isLast: true)
        : default;

    /// <summary>The only check of the page's form, which has its token in the body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="token">Empty: it has none.</param>
    /// <param name="right">The right that it needs.</param>
    /// <param name="database">The database that it is about.</param>
    public TokenDecision CheckForm(HttpContext http, string token, TokenRights right, int database)
    {
        if (!policy.IsConfigured)
        {
            return default;
        }

        var hash = token.Length > 0 ? AccessToken.HashOf(token) : null;
        return Record(http, hash, policy.Decide(hash, right, database), isLast: true);
    }

    private TokenDecision Record(HttpContext http, byte[]? hash, TokenDecision decision, bool isLast)
    {
        // A refused token that is not known, perhaps because it was revoked, has no name.
        http.AuditToken(decision.Token?.Name ?? (decision.IsRefused && hash is not null ? AccessToken.MarkOf(hash) : null));
        if (decision.IsRefused)
        {
            Refuse(http, decision);
        }
        else if (isLast && decision.Token is { } token)
        {
            metrics.TokenRequest(token.Name, "accepted");
        }

        return decision;
    }

    private void Refuse(HttpContext http, TokenDecision decision)
    {
        if (decision.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        var outcome = decision.Refusal switch
        {
            TokenRefusal.Missing => "no_token",
            TokenRefusal.Unknown => "unknown_token",
            TokenRefusal.Expired => "expired_token",
            _ => "forbidden",
        };
        http.AuditOutcome(outcome);
        metrics.TokenRequest(decision.Token?.Name, outcome);
    }

    private sealed record ApiRequest(byte[]? Hash, TokenRights Right);
}
