namespace DumbKv.Web.Security;

/// <summary>The headers of OWASP ASVS 3.4. Swagger UI has a policy of its own, for it brings inline styles and data: images.</summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaderPolicies(this IApplicationBuilder app)
    {
        var page = Common().AddContentSecurityPolicy(csp =>
        {
            csp.AddDefaultSrc().None();
            csp.AddScriptSrc().Self();
            csp.AddStyleSrc().Self();
            csp.AddConnectSrc().Self();
            csp.AddImgSrc().Self();
            csp.AddFormAction().Self();
            csp.AddFrameAncestors().None();
            csp.AddBaseUri().None();
        });
        var docs = Common().AddContentSecurityPolicy(csp =>
        {
            csp.AddDefaultSrc().None();
            csp.AddScriptSrc().Self().UnsafeInline();
            csp.AddStyleSrc().Self().UnsafeInline();
            csp.AddConnectSrc().Self();
            csp.AddImgSrc().Self().Data();
            csp.AddFormAction().None();
            csp.AddFrameAncestors().None();
            csp.AddBaseUri().None();
        });

        app.UseWhen(context => context.Request.Path.StartsWithSegments("/docs"), branch => branch.UseSecurityHeaders(docs));
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/docs"), branch => branch.UseSecurityHeaders(page));
    }

    private static HeaderPolicyCollection Common() => new HeaderPolicyCollection()
        .AddContentTypeOptionsNoSniff()
        .AddReferrerPolicyNoReferrer()
        .AddCrossOriginOpenerPolicy(coop => coop.SameOrigin())
        .AddStrictTransportSecurityMaxAge();
}
