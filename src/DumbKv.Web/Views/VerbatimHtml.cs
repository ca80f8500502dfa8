using System.Buffers;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace DumbKv.Web.Views;

/// <summary>
/// Encodes text so that a browser reads back exactly the same characters, in an element or a quoted attribute. Razor's own
/// encoder writes U+0080 to U+009F as character references, which HTML reads as Windows-1252. This encoder leaves them as they
/// are, and writes CR, which HTML would turn into LF, as a reference.
/// </summary>
/// <remarks>In pre and textarea, put a line feed before it: HTML drops the first one.</remarks>
internal sealed class VerbatimHtml(string text) : IHtmlContent
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create("&<>\"'\r");

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var rest = text.AsSpan();

        while (rest.IndexOfAny(Escaped) is >= 0 and var at)
        {
            writer.Write(rest[..at]);
            writer.Write(rest[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => "&#13;",
            });
            rest = rest[(at + 1)..];
        }

        writer.Write(rest);
    }

    public override string ToString() => "[redacted]";
}
