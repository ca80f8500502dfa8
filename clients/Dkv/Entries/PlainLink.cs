using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DumbKv.CommandLine.Entries;

/// <summary>A link that the server's page makes for a plain entry: https://host/#database=0&amp;key=percent-encoded</summary>
internal sealed record PlainLink(Uri Page, int Database, string Key)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryParse(string text, [NotNullWhen(true)] out PlainLink? link)
    {
        link = null;
        if (text.Split('#') is not [var page, var fragment]
            || !Uri.TryCreate(page, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp)
            || address.UserInfo.Length > 0)
        {
            return false;
        }

        var (database, key) = (0, (string?)null);
        foreach (var field in fragment.Split('&'))
        {
            var isRead = field.Split('=', 2) switch
            {
                ["database", var number] => int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out database),
                ["key", var encoded] => key is null && (key = Decode(encoded)) is not null,
                _ => false,
            };
            if (!isRead)
            {
                return false;
            }
        }

        link = key is { Length: > 0 } ? new PlainLink(address, database, key) : null;
        return link is not null;
    }

    public static Uri Format(Uri page, int database, string key) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{page.GetLeftPart(UriPartial.Path)}#database={database}&key={Uri.EscapeDataString(key)}"));

    /// <summary>The key is a secret, which a record would print.</summary>
    public override string ToString() => $"{Page}#key=…";

    /// <returns>Null if the percent-encoding is damaged or not UTF-8.</returns>
    private static string? Decode(string encoded)
    {
        var bytes = new List<byte>();
        var text = Encoding.UTF8.GetBytes(encoded);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.Add(text[i]);
            }
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        try
        {
            return Utf8.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
