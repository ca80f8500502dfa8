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

    /// <summary>A set as a form. Its fields cannot be null. They are inside allOf, because NSwag otherwise makes each a parameter of the JSON operation.</summary>
    public static OpenApiSchema Form() => new() { Type = JsonSchemaType.Object, AllOf = [FormFields()] };

    public static List<JsonNode> Names(params string[] names) => [.. names.Select(name => JsonValue.Create(name))];

    private static OpenApiSchema FormFields() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "Stores a value.",
        Required = new HashSet<string> { "key", "value" },
        AdditionalPropertiesAllowed = false,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["database"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The database, a 32-bit integer in decimal." },
            ["key"] = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "The key: 1 to 65,536 bytes of UTF-8. It has no file name." },
            ["value"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "The value. With a file name it is bytes, and without one it is text in UTF-8. It may be empty." },
            ["ttl"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "1",
                Maximum = PutEntry.MaxTimeToLiveSeconds.ToString(CultureInfo.InvariantCulture),
                Description = "Time to live in seconds. Absent: the entry does not expire.",
            },
            ["once"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "`true`: the first read that returns the value removes it." },
            ["overwrite"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "`true`: replaces an existing value instead of responding with 409." },
        },
    };
}
