using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Http;

internal static class MediaTypes
{
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
}
