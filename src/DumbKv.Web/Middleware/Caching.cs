using DumbKv.Web.Http;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Middleware;

/// <summary>Browsers and proxies may cache the page's files under URLs that hold a hash of their content, and nothing else.</summary>
internal static class Caching
{
    private const string Forever = "public, max-age=31536000, immutable";

    public static void UseAssets(this IApplicationBuilder app)
    {
        // Adds a file's hash to its URL in views too (asp-append-version).
        var versions = app.ApplicationServices.GetRequiredService<IFileVersionProvider>();

        app.UseWhen(RequestMethods.IsGetOrHead, files => files.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = HasOwnHash(versions, file.Context.Request) ? Forever : "no-cache",
        }));
    }

    /// <summary>During a rolling update a page of the new version asks an old server for a file under the new hash.</summary>
    private static bool HasOwnHash(IFileVersionProvider versions, HttpRequest request) =>
        request.QueryString.HasValue && versions.AddFileVersionToPath(request.PathBase, request.Path.Value) == request.Path.Value + request.QueryString;

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
