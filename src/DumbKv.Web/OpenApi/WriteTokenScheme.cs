using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>The write token in the document. Whether a server asks for one is its operator's choice, so the calls list "none" beside it.</summary>
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
                Description = "A write token (`dumbkv token` makes one). Needed for SetValue and DeleteValue where the server was started with WRITE_TOKENS.",
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
