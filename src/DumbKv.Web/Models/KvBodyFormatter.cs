using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public KvBodyFormatter() => SupportedMediaTypes.Add(Json);

    /// <summary>That type and no other: the framework would take application/anything+json too, in any charset.</summary>
    public override bool CanRead(InputFormatterContext context) =>
        CanReadType(context.ModelType)
        && MediaTypeHeaderValue.TryParse(context.HttpContext.Request.ContentType, out var type)
        && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
        && Utf8Text.IsSaidBy(type);

    protected override bool CanReadType(Type type) => type.IsAssignableTo(typeof(KvRequest));

    public override Task<InputFormatterResult> ReadRequestBodyAsync(InputFormatterContext context)
    {
        // It has arrived already (WholeBodies), most often in one piece, and then there is nothing to wait for.
        var reader = context.HttpContext.Request.BodyReader;
        if (!reader.TryRead(out var body))
        {
            return ReadRestAsync(context);
        }

        if (!body.IsCompleted || !body.Buffer.IsSingleSegment || body.Buffer.FirstSpan.StartsWith(ByteOrderMark))
        {
            reader.AdvanceTo(body.Buffer.Start);
            return ReadRestAsync(context);
        }

        try
        {
            return Task.FromResult(Check(context, JsonSerializer.Deserialize(body.Buffer.FirstSpan, TypeOf(context))));
        }
        catch (JsonException exception)
        {
            return Task.FromResult(Fail(context, FieldRules.For(exception)));
        }
        finally
        {
            reader.AdvanceTo(body.Buffer.End);
        }
    }

    private static async Task<InputFormatterResult> ReadRestAsync(InputFormatterContext context)
    {
        var http = context.HttpContext;
        try
        {
            return Check(context, await JsonSerializer.DeserializeAsync(http.Request.BodyReader, TypeOf(context), http.RequestAborted));
        }
        catch (JsonException exception)
        {
            return Fail(context, FieldRules.For(exception));
        }
    }

    private static JsonTypeInfo TypeOf(InputFormatterContext context) => KvJson.Default.GetTypeInfo(context.ModelType)!;

    private static InputFormatterResult Check(InputFormatterContext context, object? body) =>
        body is not KvRequest request ? Fail(context, FieldRules.BadJson)
        : request.FindFault() is { } field ? Fail(context, FieldRules.For(field))
        : InputFormatterResult.Success(request);

    private static InputFormatterResult Fail(InputFormatterContext context, string sentence)
    {
        context.ModelState.TryAddModelError(string.Empty, sentence);
        return InputFormatterResult.Failure();
    }
}
