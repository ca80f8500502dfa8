using System.Text.Json.Serialization;
using DumbKv.Web.Configuration;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

internal static class OpenApiDocumentSetup
{
    /// <summary>The document at /openapi.json: generated from the controllers, with the texts and examples of <see cref="OperationExamples"/>.</summary>
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

        return services.AddOpenApi("v1", options =>
        {
            // Code generators and Swagger UI support 3.0 best.
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
                document.Tags = new HashSet<OpenApiTag> { new() { Name = KvApiConventions.Tag, Description = "Get, set and delete values." } };
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

    /// <summary>A branch of the pipeline, because its middleware would otherwise run in every request of the API.</summary>
    public static void UseSwaggerPage(this WebApplication app) => app.UseWhen(
        http => http.IsGetOrHead() && http.Request.Path.StartsWithSegments("/docs"),
        docs => docs
            .Use((http, next) =>
            {
                // Swagger UI would trust these headers from any client, and fail if they are malformed. Those of a trusted proxy are already applied.
                http.Request.Headers.Remove("X-Forwarded-Host");
                http.Request.Headers.Remove("X-Forwarded-Prefix");
                http.Request.Headers.Remove("X-Forwarded-Proto");
                return next(http);
            })
            .UseSwaggerUi(ui =>
            {
                ui.Path = "/docs";
                ui.DocumentPath = "/openapi.json";
                ui.DocumentTitle = "DumbKV API";
                ui.DocExpansion = "list"; // With only three operations, a collapsed list looks empty.
            }));
}
