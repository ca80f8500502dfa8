using System.Buffers;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace DumbKv.Web.Models;

/// <summary>
/// Text that a browser reads back exactly, in an element or a quoted attribute. Razor's own encoder writes U+0080 to
/// U+009F as character references, which HTML reads as Windows-1252: another key, another value. So those stay as they
/// are, and CR, which HTML would turn into LF, becomes a reference.
/// </summary>
/// <remarks>In pre and textarea put a line feed before it: HTML drops the first one.</remarks>
internal sealed class ExactText(string text) : IHtmlContent
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
