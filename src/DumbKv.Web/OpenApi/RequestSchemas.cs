using System.Globalization;
using System.Text.Json.Nodes;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>
/// Describes the rules that requests check themselves (<see cref="KvRequest.TryParse"/>). They are not validation attributes on the
/// models, because nothing evaluates such attributes there.
/// </summary>
internal static class RequestSchemas
{
    public static void Describe(OpenApiSchema schema, Type type)
    {
        // Requests are strict. Later versions can add members to responses.
        schema.AdditionalPropertiesAllowed = !type.IsAssignableTo(typeof(KvRequest));

        // null means absent. The document shows only the simpler form.
        foreach (var property in schema.Properties?.Values.OfType<OpenApiSchema>() ?? [])
        {
            property.Type &= ~JsonSchemaType.Null;
        }

        if (!type.IsAssignableTo(typeof(KvRequest)))
        {
            return;
        }

        Property("database")!.Default = JsonValue.Create(0);
        Property("key")!.MinLength = 1;
        schema.Required = new HashSet<string>(type == typeof(SetValueRequest) ? ["value", "key"] : ["key"]);

        if (type == typeof(SetValueRequest))
        {
            Property("ttl")!.Minimum = "1";
            Property("ttl")!.Maximum = PutEntry.MaxTimeToLiveSeconds.ToString(CultureInfo.InvariantCulture);
            Property("once")!.Default = JsonValue.Create(false);
            Property("overwrite")!.Default = JsonValue.Create(false);
        }

        OpenApiSchema? Property(string name) => schema.Properties?[name] as OpenApiSchema;
    }
}
