using DumbKv.Web.Auditing;
using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using Microsoft.Extensions.Primitives;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Rejects requests for host names that are not the server's own (ALLOWED_HOSTS). An attacker can point a name at this server
/// after a browser has loaded a page from it (DNS rebinding). The browser then takes that page for one of the server's own, and
/// only the Host header shows the difference.
/// </summary>
/// <remarks>The framework's host filtering comes before forwarded headers, has no exemptions, and does not say why it rejects.</remarks>
internal static class AllowedHostsMiddleware
{
    /// <summary>After routing, because exempt endpoints are marked, and after forwarded headers.</summary>
    /// <param name="app">The pipeline.</param>
    /// <param name="patterns">ALLOWED_HOSTS.</param>
    /// <param name="localhostOnly">If there are none: whether only the names of this machine are accepted, or any.</param>
    public static void UseAllowedHosts(this IApplicationBuilder app, IReadOnlyList<string> patterns, bool localhostOnly)
    {
        if (patterns.Count > 0)
        {
            StringSegment[] names = [.. patterns];
            app.UseHosts(host => HostString.MatchesAny(host.Host, names));
        }
        else if (localhostOnly)
        {
            app.UseHosts(HostNames.IsLocalhost);
        }
    }

    /// <summary>For probes and scrapers, which call a pod by its address.</summary>
    public static TBuilder AllowAnyHost<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new AnyHostMarker());

    private static void UseHosts(this IApplicationBuilder app, Predicate<HostString> allows)
    {
        // Parsing and matching costs about 3 % of a read. Most requests name the host of the request before.
        var lastAllowed = string.Empty;

        app.Use((http, next) =>
        {
            var host = http.Request.EncodedHost();
            if (!host.HasValue || host.Value.Equals(Volatile.Read(ref lastAllowed), StringComparison.Ordinal) || IsExempt(http))
            {
                return next(http);
            }

            if (allows(host))
            {
                Volatile.Write(ref lastAllowed, host.Value);
                return next(http);
            }

            http.AuditOutcome("wrong_host");
            return http.WriteProblemAsync(StatusCodes.Status400BadRequest, ErrorMessages.UnknownHost);
        });
    }

    /// <summary>A unix socket has no address, and no browser connects to one.</summary>
    private static bool IsExempt(HttpContext http) =>
        http.Connection.LocalIpAddress is null || http.GetEndpoint()?.Metadata.GetMetadata<AnyHostMarker>() is not null;

    private sealed class AnyHostMarker;
}
