using DumbKv.Web.Errors;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Answers 405 to "head" in another case. Methods are case-sensitive (RFC 9110, section 9.1), and routing ignores the case. Kestrel leaves out
/// the body only for "HEAD", so a response to "head" that the framework sends without its body would fail.
/// </summary>
internal static class CaseSensitiveHeadMiddleware
{
    /// <summary>After routing, which has found the endpoint that answers HEAD.</summary>
    public static void UseCaseSensitiveHead(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var method = http.Request.Method;
        if (method == HttpMethods.Head || !HttpMethods.IsHead(method) || http.GetEndpoint() is not { } endpoint)
        {
            return next(http);
        }

        http.Response.Headers.Allow = string.Join(", ", endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [HttpMethods.Get, HttpMethods.Head]);
        return http.WriteProblemAsync(StatusCodes.Status405MethodNotAllowed, ErrorMessages.ForStatus(StatusCodes.Status405MethodNotAllowed));
    });
}
