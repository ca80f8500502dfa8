using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>Describes the token. A server does not always require one, so the operations also list "none".</summary>
internal static class TokenScheme
{
    private const string Name = "token";

    public static void AddTo(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Name] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description =
                    "A token (`dumbkv token` creates one). If the server has TOKENS_FILE or WRITE_TOKENS, SetValue and DeleteValue require a token with the "
                    + "right to write, and with REQUIRE_TOKEN=all GetValue requires one with the right to read.",
            },
        };

        foreach (var operation in document.Paths["/kv"].Operations!.Values)
        {
            operation.Security = [new OpenApiSecurityRequirement(), new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Name, document)] = [] }];
        }
    }
}
