using System.Text.Json.Serialization;
using DumbKv.Web.Configuration;
using DumbKv.Web.Json;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

internal static class OpenApiDocumentSetup
{
    /// <summary>The name under which the framework registers the document.</summary>
    public const string Name = "v1";

    /// <summary>The tag of the operations. Generators name clients and folders after it.</summary>
    public const string Tag = "Values";

    /// <summary>The document at /openapi.json: generated from the endpoints, with the texts and examples of <see cref="OperationExamples"/>.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        // The generator uses these options, not MVC's.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, KvJsonContext.Default);
            json.SerializerOptions.PropertyNamingPolicy = KvJsonContext.Default.Options.PropertyNamingPolicy;
            json.SerializerOptions.UnmappedMemberHandling = KvJsonContext.Default.Options.UnmappedMemberHandling;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });

        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, RequestBodyDescriptionProvider>());
        services.AddSingleton<DocsPage>();
        return services.AddOpenApi(Name, options =>
        {
            // Code generators support 3.0 best.
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "DumbKV",
                    Version = ProductInfo.Version,
                    Description =
                        "Stores values under keys in numbered databases. **The key is the secret**: it is hashed and never stored, and the value is "
                        + "encrypted with a key derived from it. Anyone who knows the key can read, replace and delete the value. Keys are sent in bodies "
                        + "only, never in a URL. Errors are RFC 9457 problems. Their `detail` explains what was wrong and what to do.",
                    License = new OpenApiLicense { Name = "MIT" },
                };
                document.Servers = [new OpenApiServer { Url = "/" }];
                document.Tags = new HashSet<OpenApiTag> { new() { Name = Tag, Description = "Get, set and delete values." } };
                TokenScheme.AddTo(document);
                return Task.CompletedTask;
            });
            options.AddSchemaTransformer((schema, context, _) =>
            {
                KvSchemas.Describe(schema, context.JsonTypeInfo.Type);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                OperationExamples.Describe(operation);
                return Task.CompletedTask;
            });
        });
    }
}
