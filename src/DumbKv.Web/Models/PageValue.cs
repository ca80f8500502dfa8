using System.Text;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>A value that was read, as the page shows it. It is shown unchanged, or as base64 if HTML cannot represent it.</summary>
/// <remarks>Not a record, because a record would print the value.</remarks>
public sealed class PageValue
{
    public required string Text { get; init; }

    public required bool IsBase64 { get; init; }

    public required bool IsBinary { get; init; }

    /// <summary>Size of the value itself, not of its base64 form.</summary>
    public required int ByteCount { get; init; }

    /// <summary>A note about what the user cannot see. Null if there is nothing to note.</summary>
    public string? Note { get; init; }

    internal static PageValue From(GetResult found)
    {
        var bytes = found.Value.Span;
        var text = found.Binary ? string.Empty : Encoding.UTF8.GetString(bytes);
        var hasNull = text.Contains('\0', StringComparison.Ordinal);

        return new PageValue
        {
            Text = found.Binary || hasNull ? Convert.ToBase64String(bytes) : text,
            IsBase64 = found.Binary || hasNull,
            IsBinary = found.Binary,
            ByteCount = bytes.Length,
            Note = found.Binary ? "The value is binary, so it is shown as base64."
                : hasNull ? "The value is text with NUL characters, which a page cannot show, so it is shown as base64."
                : text.Contains('\r', StringComparison.Ordinal) ? "Some lines end with an invisible carriage return. Copy keeps it."
                : null,
        };
    }
}
