namespace DumbKv.Client;

/// <summary>What a sender says about the file in an end-to-end entry. It is encrypted with the content.</summary>
/// <remarks>These are claims of the sender. Never choose a program or a place by them without asking.</remarks>
public sealed record E1File
{
    /// <summary>The name. Use <see cref="SafeName"/> for a file.</summary>
    public string? Name { get; init; }

    /// <summary>The media type. Content with a type is bytes, not text.</summary>
    public string? Type { get; init; }

    /// <summary>When the file was changed. Null also if the sender gives a year after 9999.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>
    /// A name that is safe to offer for a file: the last segment of <see cref="Name"/>, without control and bidirectional characters.
    /// Null if nothing is left.
    /// </summary>
    public string? SafeName
    {
        get
        {
            var segment = Name?[(Name.LastIndexOfAny(['/', '\\']) + 1)..] ?? "";
            var safe = string.Concat(segment.Where(character => !char.IsControl(character) && !IsFormatting(character))).Trim();
            return safe.All(character => character == '.') ? null : safe;
        }
    }

    // Line and paragraph separators, and the characters that change the direction of text.
    internal static bool IsFormatting(char character) =>
        character is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
