using System.Globalization;
using System.Text.RegularExpressions;
using DumbKv.Web.Http;
using DumbKv.Web.OpenApi;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.WebUtilities;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NSwag;

namespace DumbKv.Web.Views;

/// <summary>Text of the OpenAPI document, for the page at /docs.</summary>
internal static partial class DocsText
{
    /// <summary>NSwag's model holds the times of examples as DateTime. This is the format of the API again.</summary>
    private static readonly IsoDateTimeConverter Times = new() { DateTimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Culture = CultureInfo.InvariantCulture };

    /// <summary>A description as HTML. Descriptions use two marks of Markdown: `code` and **important**.</summary>
    public static IHtmlContent Description(string? text)
    {
        var html = new StringWriter(CultureInfo.InvariantCulture);
        new VerbatimHtml(text ?? string.Empty).WriteTo(html, null!);
        return new HtmlString(Strong().Replace(Code().Replace(html.ToString(), "<code>$1</code>"), "<strong>$1</strong>"));
    }

    public static string TypeOf(JsonSchema schema)
    {
        var type = (schema.ActualSchema.Type & ~JsonObjectType.Null).ToString().ToLowerInvariant();
        return schema.ActualSchema.Format switch
        {
            "binary" => "bytes or text",
            "date-time" => "time (RFC 3339)",
            "int32" => "integer (32-bit)",
            _ => type,
        };
    }

    /// <summary>The name of a status, as in RFC 9110. The framework still has an earlier name of 413.</summary>
    public static string ReasonOf(string status) =>
        status == "413" ? "Content Too Large" : ReasonPhrases.GetReasonPhrase(int.Parse(status, CultureInfo.InvariantCulture));

    /// <summary>Null if any value of the type is allowed.</summary>
    public static string? LimitsOf(JsonSchema schema) => schema.ActualSchema switch
    {
        { IsEnumeration: true } limited => string.Join(" or ", limited.Enumeration.Select(value => $"`{value}`")),
        { Minimum: { } minimum, Maximum: { } maximum } => string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}"),
        { MinLength: 1 } => "at least 1 character",
        _ => null,
    };

    /// <summary>The examples of a body, each with its summary if it has one.</summary>
    public static IEnumerable<(string? Summary, string Text)> ExamplesOf(string mediaType, OpenApiMediaType content)
    {
        foreach (var example in content.Examples.Values)
        {
            yield return (example.Summary, Example(example.Value, mediaType));
        }

        if (content.Example is not null)
        {
            yield return (null, Example(content.Example, mediaType));
        }
    }

    /// <summary>A JSON value, the fields of a form as lines, or a text.</summary>
    public static string Example(object value, string mediaType = MediaTypes.Json) => JToken.FromObject(value) switch
    {
        JObject fields when mediaType == MediaTypes.Form => string.Join('\n', fields.Properties().Select(field => $"{field.Name}: {Example(field.Value)}")),
        JValue { Type: JTokenType.String } text => (string)text!,
        JValue scalar => scalar.ToString(Formatting.None, Times).Trim('"'),
        var json => json.ToString(Formatting.Indented, Times),
    };

    /// <summary>The commands of an operation, each with its label.</summary>
    public static IEnumerable<(string Label, string Source)> CommandsOf(OpenApiOperation operation) =>
        JArray.FromObject(operation.ExtensionData![OperationExamples.CodeSamples]!).Select(sample => ((string)sample["label"]!, (string)sample["source"]!));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\*\*([^*]+)\*\*")]
    private static partial Regex Strong();
}
