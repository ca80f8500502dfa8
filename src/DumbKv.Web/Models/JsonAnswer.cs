using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DumbKv.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Models;

/// <summary>
/// What a call on /kv answers with: JSON, whatever the caller says to take, and in one piece where it is small. The framework's
/// own result looks for a format first, where there is one, and sends every answer in chunks.
/// </summary>
internal static class JsonAnswer
{
    // Answers are never put inside HTML.
    private static readonly KvJson Json = new(new JsonSerializerOptions(KvJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static ActionResult Of(GetValueResponse answer) => new Result<GetValueResponse>(answer, Json.GetValueResponse, answer.Value.Length <= LargeBytes.Small);

    public static ActionResult Of(StatusResponse answer) => new Result<StatusResponse>(answer, Json.StatusResponse, isSmall: true);

    private sealed class Result<TAnswer>(TAnswer answer, JsonTypeInfo<TAnswer> type, bool isSmall) : ActionResult
    {
        public override async Task ExecuteResultAsync(ActionContext context)
        {
            var response = context.HttpContext.Response;
            response.ContentType = "application/json; charset=utf-8";

            if (isSmall)
            {
                var json = JsonSerializer.SerializeToUtf8Bytes(answer, type);
                response.ContentLength = json.Length;
                await response.BodyWriter.WriteAsync(json);
            }
            else
            {
                // Ends by itself where the caller is gone: what is written then goes nowhere.
                await JsonSerializer.SerializeAsync(response.BodyWriter, answer, type);
            }
        }
    }
}
