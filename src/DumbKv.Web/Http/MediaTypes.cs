using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Http;

internal static class MediaTypes
{
    /// <summary>Whether a Content-Type names UTF-8, or no charset, which means UTF-8 here.</summary>
    public static bool IsUtf8(MediaTypeHeaderValue? type) =>
        type is not null && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
