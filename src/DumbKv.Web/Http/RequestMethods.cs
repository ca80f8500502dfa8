namespace DumbKv.Web.Http;

internal static class RequestMethods
{
    /// <summary>Case-sensitive, as RFC 9110 requires. The framework would also serve files for "head", then find the body missing and fail.</summary>
    public static bool IsGetOrHead(this HttpContext http) => http.Request.Method is "GET" or "HEAD";

    /// <summary>Everything that answers GET also answers HEAD (RFC 9110, section 9.1). Kestrel omits the body.</summary>
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
