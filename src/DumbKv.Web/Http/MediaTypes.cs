using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Http;

internal static class MediaTypes
{
    public const string Json = "application/json";

    public const string Bytes = "application/octet-stream";

    public const string Form = "multipart/form-data";

    /// <summary>Whether a Content-Type has the charset UTF-8, or none, which means UTF-8 here. Some clients write "UTF8".</summary>
    public static bool IsUtf8(MediaTypeHeaderValue? type)
    {
        if (type is null)
        {
            return false;
        }

        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        return !charset.HasValue || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Whether an Accept header names <see cref="Bytes"/>, and prefers it at least as much as JSON (RFC 9110, section 12.5.1). A range
    /// such as */* does not name it, because clients send such a range without a choice.
    /// </summary>
    /// <remarks>Parameters such as a charset do not change what a range names. Malformed ranges are skipped.</remarks>
    public static bool AcceptsBytes(StringValues accept)
    {
        // Most requests have no Accept header or */*. Only others are parsed.
        if (!accept.ToString().Contains(Bytes, StringComparison.OrdinalIgnoreCase) || !MediaTypeHeaderValue.TryParseList(accept, out var ranges))
        {
            return false;
        }

        var bytes = QualityOf(Bytes, ranges) ?? 0;
        var json = QualityOf(Json, ranges) ?? QualityOf("application/*", ranges) ?? QualityOf("*/*", ranges) ?? 0;
        return bytes > 0 && bytes >= json;
    }

    /// <summary>The highest quality of a range. Null: no range has this name.</summary>
    private static double? QualityOf(string name, IList<MediaTypeHeaderValue> ranges) => ranges
        .Where(range => range.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Max(range => (double?)(range.Quality ?? 1));
}
