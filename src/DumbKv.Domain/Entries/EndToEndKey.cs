using System.Buffers;

namespace DumbKv.Domain.Entries;

/// <summary>
/// The keys of end-to-end encryption (docs/end-to-end.md). Only clients have them: the server gets an id that is derived from
/// the key. A key of this form in a request was sent by mistake.
/// </summary>
internal static class EndToEndKey
{
    private const int GroupCount = 7;

    private const int GroupLength = 4;

    private static readonly SearchValues<byte> Alphabet = SearchValues.Create("346789abcdefghjkmnpqrtwxy"u8);

    private static ReadOnlySpan<byte> Prefix => "e1-"u8;

    /// <summary>Whether the text has the form of a made key anywhere in it.</summary>
    public static bool IsIn(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf(Prefix) is >= 0 and var at)
        {
            text = text[(at + Prefix.Length)..];
            if (StartsWithGroups(text))
            {
                return true;
            }
        }

        return false;
    }

    private static bool StartsWithGroups(ReadOnlySpan<byte> text)
    {
        for (var group = 0; group < GroupCount; group++)
        {
            var start = group * (GroupLength + 1);
            if (text.Length < start + GroupLength
                || (group > 0 && text[start - 1] != (byte)'-')
                || text.Slice(start, GroupLength).ContainsAnyExcept(Alphabet))
            {
                return false;
            }
        }

        return true;
    }
}
