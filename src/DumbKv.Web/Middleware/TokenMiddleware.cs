using DumbKv.Web.Errors;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Middleware;

/// <summary>Refuses a request to the API that needs a token, before its body is read.</summary>
internal static class TokenMiddleware
{
    public static void UseTokens(this IApplicationBuilder app)
    {
        var checker = app.ApplicationServices.GetRequiredService<TokenChecker>();
        if (!app.ApplicationServices.GetRequiredService<TokenPolicy>().IsConfigured)
        {
            return;
        }

        app.Use((http, next) =>
            http.GetEndpoint()?.Metadata.GetMetadata<NeedsRightAttribute>() is { Right: var right }
            && checker.CheckRight(http, right) is { IsRefused: true } decision
                ? http.WriteProblemAsync(decision.Status, ErrorMessages.TokenRefused(decision.Refusal))
                : next(http));
    }
}
