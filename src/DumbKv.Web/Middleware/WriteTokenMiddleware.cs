using DumbKv.Web.Auditing;
using DumbKv.Web.Errors;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Middleware;

internal static class WriteTokenMiddleware
{
    /// <summary>Before the body is read, so that a client without a token cannot fill memory.</summary>
    public static void UseWriteTokens(this IApplicationBuilder app, WriteTokens tokens)
    {
        if (!tokens.AreRequired)
        {
            return;
        }

        app.Use((http, next) =>
        {
            var accepted = tokens.Accept(WriteTokens.BearerOf(http.Request), out var mark);
            if (http.GetEndpoint()?.Metadata.GetMetadata<RequireWriteTokenAttribute>() is null)
            {
                // A read needs no token. A valid one names the reader in the audit log, and an invalid one is ignored.
                http.AuditToken(accepted ? mark : null);
                return next(http);
            }

            http.AuditToken(mark);
            return accepted ? next(http) : RejectAsync(http);
        });
    }

    public static void Challenge(this HttpResponse response) => response.Headers.WWWAuthenticate = "Bearer";

    private static Task RejectAsync(HttpContext http)
    {
        http.Response.Challenge();
        return http.WriteProblemAsync(StatusCodes.Status401Unauthorized, WriteTokens.Refusal);
    }
}
