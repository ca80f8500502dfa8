using DumbKv.Web.Errors;
using DumbKv.Web.Observability;

namespace DumbKv.Web.Security;

/// <summary>The call writes: where the server has WRITE_TOKENS, it needs one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresWriteTokenAttribute : Attribute;

internal static class WriteTokenSetup
{
    /// <summary>Before the body is read: who may not write shall not have it stored even for a moment.</summary>
    public static void UseWriteTokens(this IApplicationBuilder app, WriteTokens tokens)
    {
        if (!tokens.AreRequired)
        {
            return;
        }

        app.Use((http, next) =>
        {
            if (http.GetEndpoint()?.Metadata.GetMetadata<RequiresWriteTokenAttribute>() is null)
            {
                return next(http);
            }

            var accepted = tokens.Accept(WriteTokens.BearerOf(http.Request), out var mark);
            http.AuditToken(mark);
            return accepted ? next(http) : RefuseAsync(http);
        });
    }

    public static void AskForToken(this HttpResponse response) => response.Headers.WWWAuthenticate = "Bearer";

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.AskForToken();
        return Problems.WriteAsync(http, StatusCodes.Status401Unauthorized, WriteTokens.Refusal);
    }
}
