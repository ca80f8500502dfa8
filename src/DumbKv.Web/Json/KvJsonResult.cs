using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Json;

/// <summary>
/// A response of /kv. It is JSON whatever Accept says, and a small one is sent in one piece with its length. The framework's
/// own result negotiates the format first and sends every response in chunks.
/// </summary>
internal static class KvJsonResult
{
    /// <summary>Values up to this size are serialized in memory first.</summary>
    private const int MaxBufferedBytes = 16 * 1024;

    /// <summary>A larger value is written in parts of this size. Base64 writes three bytes as four characters.</summary>
    private const int PartBytes = 12 * 1024;

    private const string ContentType = "application/json; charset=utf-8";

    // The relaxed encoder is safe here, because responses are never embedded in HTML.
    private static readonly KvJsonContext Json = new(new JsonSerializerOptions(KvJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // Only an entry of the original server could hold text that is not UTF-8. The writer of parts would refuse it.
    public static ActionResult Of(GetResult found) => found.Value.Length <= MaxBufferedBytes || !(found.Binary || Utf8.IsValid(found.Value.Span))
        ? new Result<GetValueResponse>(GetValueResponse.From(found), Json.GetValueResponse)
        : new LargeValue(found);

    public static ActionResult OfMetadata(GetResult found) => new Result<GetValueResponse>(GetValueResponse.MetadataOf(found), Json.GetValueResponse);

    public static ActionResult Of(StatusResponse response) => new Result<StatusResponse>(response, Json.StatusResponse);

    private sealed class Result<TResponse>(TResponse value, JsonTypeInfo<TResponse> type) : ActionResult
    {
        public override async Task ExecuteResultAsync(ActionContext context)
        {
            var response = context.HttpContext.Response;
            response.ContentType = ContentType;
            var json = JsonSerializer.SerializeToUtf8Bytes(value, type);
            response.ContentLength = json.Length;
            await response.BodyWriter.WriteAsync(json);
        }
    }

    /// <summary>
    /// Writes a <see cref="GetValueResponse"/> in parts, and waits after each one until the client takes it. So a response takes the
    /// memory of its value, where a string and its JSON would take up to ten times as much.
    /// </summary>
    private sealed class LargeValue(GetResult found) : ActionResult
    {
        public override async Task ExecuteResultAsync(ActionContext context)
        {
            var response = context.HttpContext.Response;
            response.ContentType = ContentType;

            await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = Json.Options.Encoder });
            json.WriteStartObject();
            json.WritePropertyName("value");
            var value = found.Value;
            while (value.Length > PartBytes)
            {
                WritePart(json, value.Span[..PartBytes], isLast: false);
                value = value[PartBytes..];
                await json.FlushAsync();

                // Goes on if the client disconnects: the rest is discarded.
                await response.BodyWriter.FlushAsync();
            }

            WritePart(json, value.Span, isLast: true);
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

        private void WritePart(Utf8JsonWriter json, ReadOnlySpan<byte> part, bool isLast)
        {
            if (found.Binary)
            {
                json.WriteBase64StringSegment(part, isLast);
            }
            else
            {
                json.WriteStringValueSegment(part, isLast);
            }
        }
    }
}
