using System.Text.Json.Serialization;
using DumbKv.Web.Models;
using DumbKv.Web.Security;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

internal static class OpenApiDocumentSetup
{
    /// <summary>The document at /openapi.json: made from the controllers, with the words and examples of <see cref="OperationExamples"/>.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        // The generator reads these options and not MVC's.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, KvJson.Default);
            json.SerializerOptions.PropertyNamingPolicy = KvJson.Default.Options.PropertyNamingPolicy;
            json.SerializerOptions.UnmappedMemberHandling = KvJson.Default.Options.UnmappedMemberHandling;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });

        return services.AddOpenApi("v1", options =>
        {
            // Code generators and Swagger UI know 3.0 best.
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "DumbKV",
                    Version = Server.Version,
                    Description =
                        "Keeps values under keys in numbered databases. **The key is the secret**: it is hashed and never stored, and the value is "
                        + "sealed with a key derived from it. Who knows the key may read, replace and delete; nobody else can. Keys travel in bodies "
                        + "only, never in an address. Errors are RFC 9457 problems; `detail` says what was wrong and what to do.",
                    License = new OpenApiLicense { Name = "MIT" },
                };
                document.Servers = [new OpenApiServer { Url = "/" }];
                document.Tags = null;
                WriteTokenScheme.AddTo(document);
                return Task.CompletedTask;
            });
            options.AddSchemaTransformer((schema, context, _) =>
            {
                // Requests are strict; answers may grow.
                schema.AdditionalPropertiesAllowed = !context.JsonTypeInfo.Type.IsAssignableTo(typeof(KvRequest));

                // An optional member is left out; that null is taken for it too is nobody's need to know.
                foreach (var property in schema.Properties?.Values.OfType<OpenApiSchema>() ?? [])
                {
                    property.Type &= ~JsonSchemaType.Null;
                }

                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                OperationExamples.Describe(operation);
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>On a branch of its own: its handlers would else look at every request of the API.</summary>
    public static void UseSwaggerPage(this WebApplication app) => app.UseWhen(
        http => http.AsksForFile() && http.Request.Path.StartsWithSegments("/docs"),
        docs => docs
            .Use((http, next) =>
            {
                // Swagger UI would believe them from anybody, and fail where they are no address. What a trusted proxy said is read by now.
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
                ui.DocExpansion = "list"; // There are three calls: a page that folds them up looks empty.
            }));
}
