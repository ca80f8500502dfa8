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
    /// <summary>Values up to this size are serialized in memory first.</summary>
    private const int MaxBufferedBytes = 16 * 1024;

    /// <summary>A larger value is written in parts of this size. Base64 writes three bytes as four characters.</summary>
    private const int PartBytes = 12 * 1024;

    private const string ContentType = "application/json; charset=utf-8";

    // The relaxed encoder is safe here, because responses are never embedded in HTML.
    private static readonly KvJsonContext Json = new(new JsonSerializerOptions(KvJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static readonly byte[] Success = JsonSerializer.SerializeToUtf8Bytes(StatusResponse.Success, Json.StatusResponse);

    // Only an entry of the original server could hold text that is not UTF-8. The writer of parts would refuse it.
    public static Task WriteAsync(HttpResponse response, GetResult found) => found.Value.Length <= MaxBufferedBytes || !(found.Binary || Utf8.IsValid(found.Value.Span))
        ? WriteAsync(response, GetValueResponse.From(found))
        : WriteInPartsAsync(response, found);

    public static Task WriteMetadataAsync(HttpResponse response, GetResult found) => WriteAsync(response, GetValueResponse.MetadataOf(found));

    public static Task WriteSuccessAsync(HttpResponse response) => WriteAsync(response, Success);

    private static Task WriteAsync(HttpResponse response, GetValueResponse value) => WriteAsync(response, JsonSerializer.SerializeToUtf8Bytes(value, Json.GetValueResponse));

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json);
    }

    /// <summary>
    /// Writes a <see cref="GetValueResponse"/> in parts, and waits after each one until the client takes it. So a response takes the
    /// memory of its value, where a string and its JSON would take up to ten times as much.
    /// </summary>
    private static async Task WriteInPartsAsync(HttpResponse response, GetResult found)
    {
        response.ContentType = ContentType;

        await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = Json.Options.Encoder });
        json.WriteStartObject();
        json.WritePropertyName("value");
        var value = found.Value;
        while (value.Length > PartBytes)
        {
            WritePart(json, found.Binary, value.Span[..PartBytes], isLast: false);
            value = value[PartBytes..];
            await json.FlushAsync();

            // Goes on if the client disconnects: the rest is discarded.
            await response.BodyWriter.FlushAsync();
        }

        WritePart(json, found.Binary, value.Span, isLast: true);
        if (found.Binary)
        {
            json.WriteString("encoding", SetValueRequest.Base64Name);
        }

        if (GetValueResponse.Format(found.ExpiresAt) is { } expiresAt)
        {
            json.WriteString("expires_at", expiresAt);
        }

        json.WriteEndObject();
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
