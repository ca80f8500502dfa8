using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;

namespace DumbKv.Web.Json;

/// <summary>
/// The successful responses of /kv. They are JSON whatever Accept says, and a small one is sent in one piece with its length. The framework's
/// own methods send every response in chunks.
/// </summary>
internal static class JsonResponses
{
    /// <summary>A larger value is written in parts of this size. Base64 writes three bytes as four characters.</summary>
    private const int PartBytes = 12 * 1024;

    private const string ContentType = "application/json; charset=utf-8";

    // Responses are never embedded in HTML, so the relaxed encoder is safe.
    private static readonly KvJsonContext Json = new(new JsonSerializerOptions(KvJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static readonly JsonWriterOptions Options = new() { Encoder = Json.Options.Encoder, SkipValidation = true };

    private static readonly byte[] Success = JsonSerializer.SerializeToUtf8Bytes(StatusResponse.Success, Json.StatusResponse);

    public static Task WriteSuccessAsync(HttpResponse response) => WriteAsync(response, Success);

    public static Task WriteMetadataAsync(HttpResponse response, GetResult found) =>
        WriteAsync(response, JsonSerializer.SerializeToUtf8Bytes(GetValueResponse.MetadataOf(found), Json.GetValueResponse));

    /// <summary>
    /// Writes a <see cref="GetValueResponse"/>, a large one in parts, and waits after each part until the client takes it. So a response takes
    /// the memory of its value, where a string and its JSON would take up to ten times as much.
    /// </summary>
    public static async Task WriteAsync(HttpResponse response, GetResult found)
    {
        response.ContentType = ContentType;
        var body = response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, Options);
        json.WriteStartObject();
        json.WritePropertyName("value"u8);
        await WriteValueAsync(json, body, found);

        if (found.Binary)
        {
            json.WriteString("encoding"u8, SetValueRequest.Base64Name);
        }

        if (GetValueResponse.Format(found.ExpiresAt) is { } expiresAt)
        {
            json.WriteString("expires_at"u8, expiresAt);
        }

        json.WriteEndObject();
        await json.FlushAsync();
        if (!response.HasStarted)
        {
            response.ContentLength = json.BytesCommitted;
        }

        await body.FlushAsync();
    }

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json);
    }

    private static ValueTask WriteValueAsync(Utf8JsonWriter json, PipeWriter body, GetResult found)
    {
        var value = found.Value;
        if (value.Length > PartBytes && (found.Binary || Utf8.IsValid(value.Span)))
        {
            return WriteInPartsAsync(json, body, found);
        }

        if (found.Binary)
        {
            json.WriteBase64StringValue(value.Span);
        }
        else
        {
            json.WriteStringValue(value.Span); // Only an entry of the original server can hold text that is not UTF-8. This replaces it.
        }

        return ValueTask.CompletedTask;
    }

    private static async ValueTask WriteInPartsAsync(Utf8JsonWriter json, PipeWriter body, GetResult found)
    {
        var value = found.Value;
        while (value.Length > PartBytes)
        {
            WritePart(json, found.Binary, value.Span[..PartBytes], isLast: false);
            value = value[PartBytes..];
            await json.FlushAsync();

            // Goes on if the client disconnects: the rest is discarded.
            await body.FlushAsync();
        }

        WritePart(json, found.Binary, value.Span, isLast: true);
    }

    private static void WritePart(Utf8JsonWriter json, bool isBinary, ReadOnlySpan<byte> part, bool isLast)
    {
        if (isBinary)
        {
            json.WriteBase64StringSegment(part, isLast);
        }
        else
        {
            json.WriteStringValueSegment(part, isLast);
        }
    }
}
