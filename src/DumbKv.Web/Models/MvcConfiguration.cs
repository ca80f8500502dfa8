using System.Text.Encodings.Web;
using DumbKv.Application.Entries;
using DumbKv.Web.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Formatters;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding.Validation;

namespace DumbKv.Web.Models;

internal static class MvcConfiguration
{
    public static IServiceCollection AddKvMvc(this IServiceCollection services, EntryLimits limits)
    {
        // Controllers with views, without what MVC would add on top: authorization and CORS look at every request.
        services
            .AddMvcCore(mvc =>
            {
                mvc.ValueProviderFactories.Clear(); // What actions take comes from the body alone.
                mvc.InputFormatters.Clear();
                mvc.InputFormatters.Add(new KvBodyFormatter());
                mvc.OutputFormatters.RemoveType<StringOutputFormatter>();
                mvc.OutputFormatters.OfType<SystemTextJsonOutputFormatter>().Single().SupportedMediaTypes.Remove("text/json");
                mvc.ModelBindingMessageProvider.SetMissingRequestBodyRequiredValueAccessor(() => FieldRules.BadJson);
            })
            .AddApiExplorer()
            .AddViews()
            .AddRazorViewEngine()
            .AddCacheTagHelper()
            .AddJsonOptions(json =>
            {
                var options = json.JsonSerializerOptions;
                options.TypeInfoResolverChain.Insert(0, KvJson.Default);
                options.PropertyNamingPolicy = KvJson.Default.Options.PropertyNamingPolicy;
                options.DefaultIgnoreCondition = KvJson.Default.Options.DefaultIgnoreCondition;
                options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // Answers are never put inside HTML.
            })
            .ConfigureApiBehaviorOptions(api => api.InvalidModelStateResponseFactory = FirstErrorAsProblem);

        // Requests check themselves (KvRequest.FindFault): nothing is validated by reflection.
        services.AddSingleton<IObjectModelValidator, NoValidation>();

        // Views bring antiforgery, and that a key ring on disk. There is no cookie here to protect, so no key is made.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.Remove(services.Single(service => service.ImplementationType?.FullName == "Microsoft.AspNetCore.DataProtection.Internal.DataProtectionHostedService"));

        services.Configure<FormOptions>(form => form.ValueLengthLimit = (int)Math.Min(int.MaxValue, KestrelConfiguration.LargestBody(limits)));
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
