using DumbKv.Web.Http;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Browsers and proxies may cache the page's files under URLs that hold a hash of their content. They may keep other files and the
/// pages with <see cref="RevalidateAttribute"/>, and ask each time whether these have changed. They cache nothing else.
/// </summary>
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
                var http = (HttpContext)state;
                http.Response.Headers[HeaderNames.CacheControl] = MustRevalidate(http) ? "no-cache" : "no-store";
                return Task.CompletedTask;
            },
            http);
        return next(http);
    });

    /// <summary>The method is compared first, because it is cheap and no request of the API is a GET.</summary>
    private static bool MustRevalidate(HttpContext http) =>
        http.IsGetOrHead() && http.GetEndpoint()?.Metadata.GetMetadata<RevalidateAttribute>() is not null;
}

/// <summary>Marks a page that is the same for every visitor and has an ETag.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RevalidateAttribute : Attribute;
