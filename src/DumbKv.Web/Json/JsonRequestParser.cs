using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DumbKv.Web.Limits;
using DumbKv.Web.Models;

namespace DumbKv.Web.Json;

/// <summary>Parses and validates a request in JSON, in UTF-8.</summary>
internal static class JsonRequestParser
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Copies a body of several segments into one first: System.Text.Json is slower over segments, and throws a wrong
    /// exception if an invalid literal spans two of them.
    /// </summary>
    /// <param name="reader">The reader of the body, which is consumed.</param>
    /// <param name="body">The whole body.</param>
    /// <param name="buffers">For the copy.</param>
    /// <param name="request">The valid request.</param>
    /// <param name="error">The message for the client.</param>
    public static bool TryParse<TRequest>(
        PipeReader reader, ReadOnlySequence<byte> body, LargeBufferPool buffers, [NotNullWhen(true)] out TRequest? request, [NotNullWhen(false)] out string? error)
        where TRequest : KvRequest
    {
        if (body.IsSingleSegment)
        {
            try
            {
                return TryParse(body.FirstSpan, out request, out error);
            }
            finally
            {
                reader.AdvanceTo(body.End);
            }
        }

        using var copy = new BodyCopy(body, buffers);
        reader.AdvanceTo(body.End); // Frees the pipe's memory before the parser takes its own.
        return TryParse(copy.Memory.Span, out request, out error);
    }

    private static bool TryParse<TRequest>(ReadOnlySpan<byte> json, [NotNullWhen(true)] out TRequest? request, [NotNullWhen(false)] out string? error)
        where TRequest : KvRequest
    {
        var type = (JsonTypeInfo<TRequest>)KvJsonContext.Default.GetTypeInfo(typeof(TRequest))!;
        try
        {
            json = json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json;
            request = JsonSerializer.Deserialize(json, type);
            error = request is null ? ValidationMessages.BadJson
                : request.TryParse(out var invalidField) ? null
                : ValidationMessages.For(invalidField);
        }
        catch (JsonException exception)
        {
            request = null;
            error = ValidationMessages.For(exception, type);
        }

        return error is null;
    }
}
