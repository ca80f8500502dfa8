using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>Describes the write token. A server does not always require one, so the operations also list "none".</summary>
internal static class WriteTokenScheme
{
    private const string Name = "writeToken";

    public static void AddTo(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Name] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A write token (`dumbkv token` creates one). Required for SetValue and DeleteValue if the server has WRITE_TOKENS.",
            },
        };

        foreach (var (method, operation) in document.Paths["/kv"].Operations!)
        {
            if (method != HttpMethod.Post)
            {
                operation.Security = [new OpenApiSecurityRequirement(), new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Name, document)] = [] }];
            }
        }
    }
}
