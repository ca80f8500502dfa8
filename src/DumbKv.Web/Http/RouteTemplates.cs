namespace DumbKv.Web.Http;

internal static class RouteTemplates
{
    /// <summary>The route's template for logs and traces. The path itself can contain a key that a user typed there by mistake.</summary>
    public static string RouteTemplate(this HttpContext http) =>
        http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } ? $"/{route.TrimStart('/')}" : "(no route)";
}
