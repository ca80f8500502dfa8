using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Formatters;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Models;

/// <summary>
/// Reads the body of a call on /kv: JSON in UTF-8, parsed straight from the request's pipe. It stands in for the
/// framework's own reader because that one's messages repeat the names of unknown members.
/// </summary>
internal sealed class KvBodyFormatter : InputFormatter
{
    private const string Json = "application/json";

    public KvBodyFormatter() => SupportedMediaTypes.Add(Json);

    /// <summary>That type and no other: the framework would take application/anything+json too, in any charset.</summary>
    public override bool CanRead(InputFormatterContext context) =>
        CanReadType(context.ModelType)
        && MediaTypeHeaderValue.TryParse(context.HttpContext.Request.ContentType, out var type)
        && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
        && Utf8Text.IsSaidBy(type);

    protected override bool CanReadType(Type type) => type.IsAssignableTo(typeof(KvRequest));

    public override async Task<InputFormatterResult> ReadRequestBodyAsync(InputFormatterContext context)
    {
        var http = context.HttpContext;
        try
        {
            var body = await JsonSerializer.DeserializeAsync(
                http.Request.BodyReader, KvJson.Default.GetTypeInfo(context.ModelType)!, http.RequestAborted);

            return body is not KvRequest request ? Fail(context, FieldRules.BadJson)
                : request.FindFault() is { } field ? Fail(context, FieldRules.For(field))
                : await InputFormatterResult.SuccessAsync(request);
        }
        catch (JsonException exception)
        {
            return Fail(context, FieldRules.For(exception));
        }
    }

    private static InputFormatterResult Fail(InputFormatterContext context, string sentence)
    {
        context.ModelState.TryAddModelError(string.Empty, sentence);
        return InputFormatterResult.Failure();
    }
}
