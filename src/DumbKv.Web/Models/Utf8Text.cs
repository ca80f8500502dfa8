using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Models;

internal static class Utf8Text
{
    /// <summary>Whether a Content-Type says UTF-8, or no charset, which is UTF-8 here.</summary>
    public static bool IsSaidBy(MediaTypeHeaderValue? type) =>
        type is not null && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
