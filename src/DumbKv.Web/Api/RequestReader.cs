using System.IO.Pipelines;
using DumbKv.Web.Bytes;
using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using DumbKv.Web.Models;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Api;

/// <summary>Reads and validates the body of a request to /kv: JSON, or for a set also a form.</summary>
internal static class RequestReader
{
    /// <summary>Null if the request was refused with 400 or 415.</summary>
    public static ValueTask<TRequest?> ReadKvRequestAsync<TRequest>(this HttpContext http)
        where TRequest : KvRequest
    {
        if (!TryGetFormat(http.Request.ContentType, out var boundary) || (boundary is not null && typeof(TRequest) != typeof(SetValueRequest)))
        {
            return RefuseAsync<TRequest>(http, StatusCodes.Status415UnsupportedMediaType, ErrorMessages.ForStatus(StatusCodes.Status415UnsupportedMediaType));
        }

        // BodyBufferingMiddleware has read the whole body, so this path does not wait.
        var reader = http.Request.BodyReader;
        if (reader.TryRead(out var body))
        {
            if (body.IsCompleted)
            {
                return Parse<TRequest>(http, body, boundary);
            }

            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        }

        return ReadRestAsync<TRequest>(http, boundary);
    }

    private static async ValueTask<TRequest?> ReadRestAsync<TRequest>(HttpContext http, string? boundary)
        where TRequest : KvRequest
    {
        while (true)
        {
            var body = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            if (body.IsCompleted)
            {
                return await Parse<TRequest>(http, body, boundary);
            }

            http.Request.BodyReader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        }
    }

    private static ValueTask<TRequest?> Parse<TRequest>(HttpContext http, ReadResult body, string? boundary)
        where TRequest : KvRequest
    {
        string? error;
        if (boundary is null)
        {
            return JsonRequestParser.TryParse<TRequest>(http.Request.BodyReader, body.Buffer, out var request, out error)
                ? ValueTask.FromResult<TRequest?>(request)
                : RefuseAsync<TRequest>(http, StatusCodes.Status400BadRequest, error);
        }

        return FormRequestParser.TryParse(http, body.Buffer, boundary, out var form, out error)
            ? ValueTask.FromResult((TRequest?)(KvRequest)form)
            : RefuseAsync<TRequest>(http, StatusCodes.Status400BadRequest, error);
    }

    /// <summary>Whether the Content-Type is one that /kv reads.</summary>
    /// <param name="contentType">The header.</param>
    /// <param name="boundary">The boundary of a form, empty if it has none. Null for JSON.</param>
    private static bool TryGetFormat(string? contentType, out string? boundary)
    {
        boundary = null;
        if (contentType == MediaTypes.Json)
        {
            return true; // Most requests. Parsing the header would cost a part of a microsecond.
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !MediaTypes.IsUtf8(type))
        {
            return false;
        }

        if (type.MediaType.Equals(MediaTypes.Form, StringComparison.OrdinalIgnoreCase))
        {
            boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
            return true;
        }

        return type.MediaType.Equals(MediaTypes.Json, StringComparison.OrdinalIgnoreCase);
    }

    private static async ValueTask<TRequest?> RefuseAsync<TRequest>(HttpContext http, int status, string error)
        where TRequest : KvRequest
    {
        await http.WriteProblemAsync(status, error);
        return null;
    }
}
