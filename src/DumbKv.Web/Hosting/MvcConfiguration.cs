using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;

namespace DumbKv.Web.Hosting;

internal static class MvcConfiguration
{
    /// <summary>MVC for the pages. The API does not use it.</summary>
    public static IServiceCollection AddPages(this IServiceCollection services, EntryLimits limits)
    {
        // Controllers with views only: AddControllersWithViews also adds authorization and CORS, which cost time in every request.
        services
            .AddMvcCore(mvc =>
            {
                // Nothing is bound from forms or queries. MVC would read both before every action, and fails if a name has an open bracket.
                mvc.ValueProviderFactories.Clear();
                mvc.InputFormatters.Clear();
                mvc.OutputFormatters.Clear();
            })
            .AddViews()
            .AddRazorViewEngine()
            .AddCacheTagHelper();

        // AddViews adds antiforgery and with it data protection. The page has no cookie to protect, so no key ring is needed:
        // without its hosted service no key is created at start.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.Remove(services.Single(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(EphemeralDataProtectionProvider).Assembly));

        services.Configure<FormOptions>(form => form.ValueLengthLimit = (int)Math.Min(int.MaxValue, RequestBodyLimit.MaxBytes(limits)));
        return services;
    }
}
