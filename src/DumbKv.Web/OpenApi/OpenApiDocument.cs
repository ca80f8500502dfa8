namespace DumbKv.Web.OpenApi;

internal static class OpenApiDocumentSetup
{
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi("v1", options => { });

    public static void UseSwaggerPage(this WebApplication app) => app.UseSwaggerUi(ui =>
    {
        ui.Path = "/docs";
        ui.DocumentPath = "/openapi.json";
        ui.DocumentTitle = "DumbKV API";
    });
}
