using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DumbKv.Web.Http;
using DumbKv.Web.Models;
using Microsoft.AspNetCore.Mvc.Formatters;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Json;

/// <summary>
/// Parses and validates the body of a request to /kv: JSON in UTF-8, read from the request's pipe. The framework's own
/// formatter is not used, because its messages repeat the names of unknown members.
/// </summary>
internal sealed class KvInputFormatter : InputFormatter
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public KvInputFormatter() => SupportedMediaTypes.Add(MediaTypes.Json);

    /// <summary>Only this type. The framework's default also takes application/anything+json, in any charset.</summary>
    public override bool CanRead(InputFormatterContext context) =>
        CanReadType(context.ModelType)
        && MediaTypeHeaderValue.TryParse(context.HttpContext.Request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypes.Json, StringComparison.OrdinalIgnoreCase)
        && MediaTypes.IsUtf8(type);

    protected override bool CanReadType(Type type) => type.IsAssignableTo(typeof(KvRequest));

    public override Task<InputFormatterResult> ReadRequestBodyAsync(InputFormatterContext context)
    {
        // BodyBufferingMiddleware has read the whole body, so this path does not wait.
        var reader = context.HttpContext.Request.BodyReader;
        if (reader.TryRead(out var body))
        {
            if (body.IsCompleted)
            {
                return Task.FromResult(ReadBody(context, reader, body.Buffer));
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
                return ReadBody(context, reader, body.Buffer);
            }

            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        }
    }

    /// <summary>
    /// Copies a body of several segments into one first: System.Text.Json is slower over segments, and throws a wrong
    /// exception if an invalid literal spans two of them.
    /// </summary>
    private static InputFormatterResult ReadBody(InputFormatterContext context, PipeReader reader, ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            try
            {
                return Parse(context, body.FirstSpan);
            }
            finally
            {
                reader.AdvanceTo(body.End);
            }
        }

        using var copy = new BodyCopy(body);
        reader.AdvanceTo(body.End); // Frees the pipe's memory before the parser takes its own.
        return Parse(context, copy.Memory.Span);
    }

    private static InputFormatterResult Parse(InputFormatterContext context, ReadOnlySpan<byte> json)
    {
        try
        {
            json = json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json;
            return JsonSerializer.Deserialize(json, TypeOf(context)) is not KvRequest request ? Fail(context, ValidationMessages.BadJson)
                : request.TryParse(out var invalidField) ? InputFormatterResult.Success(request)
                : Fail(context, ValidationMessages.For(invalidField));
        }
        catch (JsonException exception)
        {
            return Fail(context, ValidationMessages.For(exception));
        }
    }

    private static JsonTypeInfo TypeOf(InputFormatterContext context) => KvJsonContext.Default.GetTypeInfo(context.ModelType)!;

    private static InputFormatterResult Fail(InputFormatterContext context, string message)
    {
        context.ModelState.TryAddModelError(string.Empty, message);
        return InputFormatterResult.Failure();
    }
}
