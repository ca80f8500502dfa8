using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DumbKv.Web.Models;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Json;

/// <summary>
/// A response of /kv. It is JSON whatever Accept says, and a small one is sent in one piece with its length. The framework's
/// own result negotiates the format first and sends every response in chunks.
/// </summary>
internal static class KvJsonResult
{
    /// <summary>Values up to this length are serialized in memory first.</summary>
    private const int MaxBufferedLength = 16 * 1024;

    // The relaxed encoder is safe here, because responses are never embedded in HTML.
    private static readonly KvJsonContext Json = new(new JsonSerializerOptions(KvJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static ActionResult Of(GetValueResponse response) =>
        new Result<GetValueResponse>(response, Json.GetValueResponse, response.Value is not { Length: > MaxBufferedLength });

    public static ActionResult Of(StatusResponse response) => new Result<StatusResponse>(response, Json.StatusResponse, isSmall: true);

    private sealed class Result<TResponse>(TResponse value, JsonTypeInfo<TResponse> type, bool isSmall) : ActionResult
    {
        public override async Task ExecuteResultAsync(ActionContext context)
        {
            var response = context.HttpContext.Response;
            response.ContentType = "application/json; charset=utf-8";

            if (isSmall)
            {
                var json = JsonSerializer.SerializeToUtf8Bytes(value, type);
                response.ContentLength = json.Length;
                await response.BodyWriter.WriteAsync(json);
            }
            else
            {
                // Completes even if the client disconnects: the rest is discarded.
                await JsonSerializer.SerializeAsync(response.BodyWriter, value, type);
            }
        }
    }
}
