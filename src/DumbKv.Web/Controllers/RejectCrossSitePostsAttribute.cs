using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace DumbKv.Web.Controllers;

/// <summary>
/// Rejects a form that another site's page posted, by Sec-Fetch-Site, or by Origin if that is missing: browsers set these headers
/// and pages cannot change them. The page has no cookie, so a forged request has no authority; this prevents other sites from
/// using the form. A client that sends neither header is not a browser.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RejectCrossSitePostsAttribute : Attribute, IResourceFilter
{
    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var request = context.HttpContext.Request;
        var allowed = request.Headers["Sec-Fetch-Site"].ToString() switch
        {
            "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || IsThisSite(origin, request)),
            "same-origin" or "none" => true,
            _ => false,
        };

        if (!allowed)
        {
            var problems = context.HttpContext.RequestServices.GetRequiredService<ProblemDetailsFactory>();
            context.Result = new ObjectResult(problems.CreateProblemDetails(
                context.HttpContext, StatusCodes.Status403Forbidden, detail: "This form was posted by another site's page. Open this server's own page and use it there."))
            {
                StatusCode = StatusCodes.Status403Forbidden,
                ContentTypes = { "application/problem+json" },
            };
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    // Compares the host only: behind a proxy that terminates TLS the scheme may differ.
    private static bool IsThisSite(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
