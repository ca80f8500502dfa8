using System.Globalization;
using System.Text.Json.Nodes;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>
/// Describes the rules that requests check themselves (<see cref="KvRequest.TryParse"/>). They are not validation attributes on the
/// models, because nothing evaluates such attributes there. Optional properties are nullable and have no default, because generated
/// clients otherwise send a default of their language, such as 0 for "ttl", or require the property. An enum does not list null:
/// Kiota makes a member of it.
/// </summary>
internal static class KvSchemas
{
    public static void Describe(OpenApiSchema schema, Type type)
    {
        // Requests are strict. Later versions can add members to responses.
        schema.AdditionalPropertiesAllowed = !type.IsAssignableTo(typeof(KvRequest));

        if (type.IsAssignableTo(typeof(KvRequest)))
        {
            schema.Required = new HashSet<string>(type == typeof(SetValueRequest) ? ["value", "key"] : ["key"]);
            Property("key").MinLength = 1;
        }

        if (type == typeof(SetValueRequest))
        {
            Property("ttl").Minimum = "1";
            Property("ttl").Maximum = PutEntry.MaxTimeToLiveSeconds.ToString(CultureInfo.InvariantCulture);
            Property("encoding").Enum = Names(SetValueRequest.TextName, SetValueRequest.Base64Name);
        }
        else if (type == typeof(GetValueResponse))
        {
            Property("expires_at").Format = "date-time";
            Property("encoding").Enum = Names(SetValueRequest.Base64Name);
        }
        else if (type == typeof(AlreadyReadProblem))
        {
            Property("read_at").Format = "date-time";
        }
        else if (type == typeof(StatusResponse))
        {
            Property("status").Enum = Names(StatusResponse.Success.Status);
        }

        foreach (var (name, property) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            var isRequired = schema.Required?.Contains(name) ?? false;
            var described = (OpenApiSchema)property;
            described.Type = isRequired ? described.Type & ~JsonSchemaType.Null : described.Type | JsonSchemaType.Null;
        }

        OpenApiSchema Property(string name) => (OpenApiSchema)schema.Properties![name];
    }

    private static List<JsonNode> Names(params string[] names) => [.. names.Select(name => JsonValue.Create(name))];
}
