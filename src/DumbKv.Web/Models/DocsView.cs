using NJsonSchema;
using NSwag;

namespace DumbKv.Web.Models;

/// <summary>What the page at /docs shows.</summary>
/// <param name="Document">The OpenAPI document.</param>
/// <param name="WritesNeedToken">Sets and deletes require a token.</param>
/// <param name="ReadsNeedToken">Gets and peeks require a token too.</param>
public sealed record DocsView(OpenApiDocument Document, bool WritesNeedToken, bool ReadsNeedToken)
{
    public IEnumerable<OpenApiOperationDescription> OperationsOf(OpenApiTag tag) =>
        Document.Operations.Where(operation => operation.Operation.Tags.Contains(tag.Name));

    /// <summary>The schemas that have a section of their own. The schema of a request is shown in its operation.</summary>
    public IEnumerable<KeyValuePair<string, JsonSchema>> Schemas
    {
        get
        {
            var requests = Document.Operations.SelectMany(operation => operation.Operation.RequestBody.Content.Values).Select(content => content.Schema.ActualSchema).ToList();
            return Document.Components.Schemas.Where(schema => !requests.Contains(schema.Value)).OrderBy(schema => schema.Key, StringComparer.Ordinal);
        }
    }

    /// <summary>Null if the schema has no name.</summary>
    public string? NameOf(JsonSchema schema) => Document.Components.Schemas.FirstOrDefault(named => named.Value == schema.ActualSchema).Key;
}

/// <summary>One operation of the page at /docs.</summary>
public sealed record DocsOperation(DocsView Page, string Path, string Method, OpenApiOperation Operation)
{
    public string Id => Operation.OperationId;

    public IEnumerable<OpenApiParameter> Headers => Operation.ActualParameters.Where(parameter => parameter.Kind == OpenApiParameterKind.Header);

    /// <summary>An operation that lists an empty requirement too accepts requests without a token.</summary>
    public bool TakesToken => Operation.ActualSecurity.Any(requirement => requirement.Count > 0);

    /// <summary>This server requires a token for the operation.</summary>
    public bool AsksForToken => TakesToken && (Id == "GetValue" ? Page.ReadsNeedToken : Page.WritesNeedToken);
}
