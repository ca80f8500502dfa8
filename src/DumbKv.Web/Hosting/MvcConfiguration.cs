using System.Text.Encodings.Web;
using DumbKv.Application.Entries;
using DumbKv.Web.Bytes;
using DumbKv.Web.Json;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Formatters;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding.Validation;

namespace DumbKv.Web.Hosting;

internal static class MvcConfiguration
{
    public static IServiceCollection AddKvMvc(this IServiceCollection services, EntryLimits limits)
    {
        // Controllers with views only: AddControllersWithViews also adds authorization and CORS, which cost time in every request.
        services
            .AddMvcCore(mvc =>
            {
                // Nothing is bound from forms or queries. MVC would read both before every action, and fails if a name has an open bracket.
                mvc.ValueProviderFactories.Clear();
                mvc.InputFormatters.Clear();
                mvc.InputFormatters.Add(new KvInputFormatter());
                mvc.InputFormatters.Add(new KvFormInputFormatter());
                mvc.OutputFormatters.RemoveType<StringOutputFormatter>();
                mvc.OutputFormatters.OfType<SystemTextJsonOutputFormatter>().Single().SupportedMediaTypes.Remove("text/json");
                mvc.ModelBindingMessageProvider.SetMissingRequestBodyRequiredValueAccessor(() => ValidationMessages.BadJson);
            })
            .AddApiExplorer()
            .AddViews()
            .AddRazorViewEngine()
            .AddCacheTagHelper()
            .AddJsonOptions(json =>
            {
                var options = json.JsonSerializerOptions;
                options.TypeInfoResolverChain.Insert(0, KvJsonContext.Default);
                options.PropertyNamingPolicy = KvJsonContext.Default.Options.PropertyNamingPolicy;
                options.DefaultIgnoreCondition = KvJsonContext.Default.Options.DefaultIgnoreCondition;
                options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // Safe, because responses are never embedded in HTML.
            })
            .ConfigureApiBehaviorOptions(api => api.InvalidModelStateResponseFactory = FirstErrorAsProblem);

        // KvInputFormatter validates requests (KvRequest.TryParse), so MVC's validation by reflection is off.
        services.AddSingleton<IObjectModelValidator, NoValidation>();

        // AddViews adds antiforgery and with it data protection. The page has no cookie to protect, so no key ring is needed:
        // without its hosted service no key is created at start.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.Remove(services.Single(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(EphemeralDataProtectionProvider).Assembly));

        services.Configure<FormOptions>(form => form.ValueLengthLimit = (int)Math.Min(int.MaxValue, RequestBodyLimit.MaxBytes(limits)));
        return services;
    }

    private static BadRequestObjectResult FirstErrorAsProblem(ActionContext context)
    {
        var detail = context.ModelState.Values.SelectMany(value => value.Errors).First().ErrorMessage;
        var problems = context.HttpContext.RequestServices.GetRequiredService<ProblemDetailsFactory>();

        return new BadRequestObjectResult(problems.CreateProblemDetails(context.HttpContext, StatusCodes.Status400BadRequest, detail: detail))
        {
            ContentTypes = { "application/problem+json" },
        };
    }

    private sealed class NoValidation : IObjectModelValidator
    {
        public void Validate(ActionContext actionContext, ValidationStateDictionary? validationState, string prefix, object? model)
        {
        }
    }
}
