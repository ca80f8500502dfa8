using DumbKv.Web.Http;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Middleware;

/// <summary>Browsers and proxies may cache the page's files, whose URL changes with their content, and nothing else.</summary>
internal static class Caching
{
    private const string Forever = "public, max-age=31536000, immutable";

    public static void UseAssets(this IApplicationBuilder app) => app.UseWhen(RequestMethods.IsGetOrHead, files => files.UseStaticFiles(new StaticFileOptions
    {
        // Views add a file's hash to its URL (asp-append-version). Without the hash the file must be revalidated.
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = file.Context.Request.Query.ContainsKey("v") ? Forever : "no-cache",
    }));

    /// <summary>For everything after it in the pipeline: responses and error pages hold values, or tell that there are none.</summary>
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
