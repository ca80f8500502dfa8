using System.Text;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>A value that was read, as the page shows it. It is never altered: a value that HTML cannot carry is shown as base64.</summary>
/// <remarks>A class and not a record: a record would print the value.</remarks>
public sealed class PageValue
{
    public required string Text { get; init; }

    public required bool IsBase64 { get; init; }

    /// <summary>Size of the value itself, not of its base64 form.</summary>
    public required int ByteCount { get; init; }

    /// <summary>A remark on what the user cannot see, if there is something.</summary>
    public string? Note { get; init; }

    internal static PageValue From(GetResult found)
    {
        var bytes = found.Value!;
        var text = found.Binary ? string.Empty : Encoding.UTF8.GetString(bytes);
        var hasNull = text.Contains('\0', StringComparison.Ordinal);

        return new PageValue
        {
            Text = found.Binary || hasNull ? Convert.ToBase64String(bytes) : text,
            IsBase64 = found.Binary || hasNull,
            ByteCount = bytes.Length,
            Note = found.Binary ? "The value is bytes, so it is shown in base64."
                : hasNull ? "The value is text with NUL characters, which a page cannot hold, so it is shown in base64."
                : text.Contains('\r', StringComparison.Ordinal) ? "Some of its lines end in a carriage return, which cannot be seen. Copy keeps them."
                : null,
        };
    }
}
