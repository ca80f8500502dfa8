using Microsoft.AspNetCore.Diagnostics;

namespace DumbKv.Web.Http;

internal static class RouteTemplates
{
    /// <summary>The route's template for logs and traces. The path itself can contain a key that a user typed there by mistake.</summary>
    public static string RouteTemplate(this HttpContext http) =>
        EndpointOf(http) is RouteEndpoint { RoutePattern.RawText: { } route } ? $"/{route.TrimStart('/')}" : "(no route)";

    /// <summary>The exception handler removes the endpoint of a failed request.</summary>
    private static Endpoint? EndpointOf(HttpContext http) => http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
}
