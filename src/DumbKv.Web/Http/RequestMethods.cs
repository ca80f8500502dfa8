namespace DumbKv.Web.Http;

internal static class RequestMethods
{
    /// <summary>Case-sensitive, as RFC 9110 says. The framework also serves files for "head", then finds the body missing and fails.</summary>
    public static bool IsGetOrHead(this HttpContext http) => http.Request.Method is "GET" or "HEAD";
}
