using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace DumbKv.Web.Controllers;

/// <summary>
/// Rejects a form that another site's page posted, by Sec-Fetch-Site, or by Origin if that is missing, as it is over plain http.
/// Browsers set these headers and pages cannot change them. The page has no cookie, so a forged request has no authority. This
/// prevents other sites from using the form. A client that sends neither header is not a browser.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RejectCrossSitePostsAttribute : Attribute, IAsyncResourceFilter
{
    private const string Refusal =
        "This form was posted by another site's page. Open this server's own page and use its form. "
        + "If this was its own page, a proxy changes the Host header: it has to send X-Forwarded-Host too, and TRUSTED_PROXIES has to name it.";

    public Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next)
    {
        var request = context.HttpContext.Request;
        var allowed = request.Headers["Sec-Fetch-Site"].ToString() switch
        {
            "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || IsThisSite(origin, request)),
            "same-origin" or "none" => true,
            _ => false,
        };

        if (allowed)
        {
            return next();
        }

        context.Result = new EmptyResult(); // The response is written here, so that a browser gets HTML.
        return context.HttpContext.WriteProblemAsync(StatusCodes.Status403Forbidden, Refusal);
    }

    /// <summary>
    /// Compares scheme, host and port. The origin can be https if the request is http: then a proxy that ends TLS, and is not in
    /// TRUSTED_PROXIES, is in between. A host without a port has the default port of the origin's scheme.
    /// </summary>
    private static bool IsThisSite(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && request.EncodedHost() is var host
        && uri.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
        && uri.Port == (host.Port ?? DefaultPort(uri.Scheme));

    private static int DefaultPort(string scheme) => scheme == Uri.UriSchemeHttps ? 443 : 80;
}
