using DumbKv.Application.Entries;
using DumbKv.Web.Http;
using DumbKv.Web.Models;

namespace DumbKv.Web.Bytes;

/// <summary>The response to a get for bytes: the body is the value, and headers describe it.</summary>
internal static class BytesResponse
{
    public const string EncodingHeader = "DumbKV-Encoding";

    public const string ExpiresAtHeader = "DumbKV-Expires-At";

    public const string OnceHeader = "DumbKV-Once";

    /// <summary>A value is written in parts of this size. Kestrel copies each part before it is sent.</summary>
    private const int PartBytes = 64 * 1024;

    public static async Task WriteAsync(HttpResponse response, GetResult found)
    {
        var value = found.Value;
        response.ContentType = MediaTypes.Bytes;
        response.ContentLength = value.Length;
        response.Headers[EncodingHeader] = found.Binary ? SetValueRequest.Base64Name : SetValueRequest.TextName;
        response.Headers[OnceHeader] = found.Once ? "true" : "false";
        if (GetValueResponse.Format(found.ExpiresAt) is { } expiresAt)
        {
            response.Headers[ExpiresAtHeader] = expiresAt;
        }

        var body = response.BodyWriter;
        while (!value.IsEmpty)
        {
            // One buffer for each part. BodyWriter.WriteAsync copies a part into buffers of 4 KiB, and sends each of them: a tenth fewer gets of 1 MiB.
            var part = value[..Math.Min(value.Length, PartBytes)];
            part.CopyTo(body.GetMemory(part.Length));
            body.Advance(part.Length);
            value = value[part.Length..];

            // Waits until the client takes it. Goes on if the client disconnects: the rest is discarded.
            await body.FlushAsync();
        }
    }
}
