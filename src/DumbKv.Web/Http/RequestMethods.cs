namespace DumbKv.Web.Http;

internal static class RequestMethods
{
    /// <summary>Case-sensitive, as RFC 9110 says. The framework also serves files for "head", then finds the body missing and fails.</summary>
    public static bool IsGetOrHead(this HttpContext http) => http.Request.Method is "GET" or "HEAD";

    /// <summary>What answers GET answers HEAD too (RFC 9110, section 9.1). Kestrel leaves the body out.</summary>
    public static TBuilder WithHead<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Finally(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: var methods } && methods.Contains(HttpMethods.Get))
            {
                endpoint.Metadata.Add(new HttpMethodMetadata(methods.Append(HttpMethods.Head)));
            }
        });
        return endpoints;
    }
}
