using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Security;

/// <summary>What a browser or a proxy may keep: the page's files, which change their address when they change; nothing else.</summary>
internal static class Caching
{
    private const string Forever = "public, max-age=31536000, immutable";

    public static void UseAssets(this IApplicationBuilder app) => app.UseWhen(AsksForFile, files => files.UseStaticFiles(new StaticFileOptions
    {
        // Views name a file with its hash (asp-append-version); without it, ask again.
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = file.Context.Request.Query.ContainsKey("v") ? Forever : "no-cache",
    }));

    /// <summary>The framework takes "head" for HEAD, which it is not (RFC 9110), sends no body and then finds it missing.</summary>
    public static bool AsksForFile(this HttpContext http) => http.Request.Method is "GET" or "HEAD";

    /// <summary>For everything after it: answers and error pages hold values, or tell that there are none.</summary>
    public static void UseNoStore(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(
            static state =>
            {
                ((HttpResponse)state).Headers[HeaderNames.CacheControl] = "no-store";
                return Task.CompletedTask;
            },
            http.Response);
        return next(http);
    });
}
