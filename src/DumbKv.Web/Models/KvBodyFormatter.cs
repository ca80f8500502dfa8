using System.Buffers;
using System.IO.Pipelines;
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
        // It has arrived already (WholeBodies): there is nothing to wait for.
        var reader = context.HttpContext.Request.BodyReader;
        if (reader.TryRead(out var body))
        {
            if (body.IsCompleted)
            {
                return Task.FromResult(Parse(context, reader, body.Buffer));
            }

            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        }

        return ReadRestAsync(context, reader);
    }

    private static async Task<InputFormatterResult> ReadRestAsync(InputFormatterContext context, PipeReader reader)
    {
        while (true)
        {
            var body = await reader.ReadAsync(context.HttpContext.RequestAborted);
            if (body.IsCompleted)
            {
                return Parse(context, reader, body.Buffer);
            }

            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        }
    }

    /// <summary>In one piece: over a body in several the framework's reader is slower, and fails where a word that is none lies across two.</summary>
    private static InputFormatterResult Parse(InputFormatterContext context, PipeReader reader, ReadOnlySequence<byte> body)
    {
        var copy = body.IsSingleSegment ? null : ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            if (copy is not null)
            {
                body.CopyTo(copy);
            }

            var json = copy is null ? body.FirstSpan : copy.AsSpan(0, (int)body.Length);
            json = json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json;
            return Check(context, JsonSerializer.Deserialize(json, TypeOf(context)));
        }
        catch (JsonException exception)
        {
            return Fail(context, FieldRules.For(exception));
        }
        finally
        {
            reader.AdvanceTo(body.End);
            if (copy is not null)
            {
                ArrayPool<byte>.Shared.Return(copy, clearArray: true); // It held a key, and maybe a value.
            }
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
