using Microsoft.Extensions.Primitives;

namespace DumbKv.Web.Security;

/// <summary>The headers of OWASP ASVS 3.4. Swagger UI has a policy of its own, for it brings inline styles and data: images.</summary>
/// <remarks>A package does this too, and took a tenth of a read for the same five lines.</remarks>
internal static class SecurityHeaders
{
    private static readonly StringValues Page = string.Join("; ",
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'");

    private static readonly StringValues Docs = string.Join("; ",
        "default-src 'none'", "script-src 'self' 'unsafe-inline'", "style-src 'self' 'unsafe-inline'", "connect-src 'self'", "img-src 'self' data:",
        "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'");

    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues SameOrigin = "same-origin";
    private static readonly StringValues OneYear = "max-age=31536000";

    /// <summary>On every answer, whoever wrote it: an error's handler begins with no header.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(
            static state =>
            {
                Add((HttpContext)state);
                return Task.CompletedTask;
            },
            http);
        return next(http);
    });

    private static void Add(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers["Referrer-Policy"] = NoReferrer;
        headers["Cross-Origin-Opener-Policy"] = SameOrigin;
        headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/docs") ? Docs : Page;
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = OneYear;
        }
    }
}
