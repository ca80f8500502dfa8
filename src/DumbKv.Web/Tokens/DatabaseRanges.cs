using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DumbKv.Web.Tokens;

/// <summary>The databases that a token is for, as "0-9,42".</summary>
public sealed class DatabaseRanges
{
    public const int MaxRanges = 100;

    public const string Rule = "must be database numbers and ranges from 0 to 2147483647, separated by commas, without spaces, like \"0-9,42\", and at most 100 of them";

    private readonly (int From, int To)[] _ranges;
    private readonly string _text;

    private DatabaseRanges((int From, int To)[] ranges, string text) => (_ranges, _text) = (ranges, text);

    public static bool TryParse(string text, [NotNullWhen(true)] out DatabaseRanges? databases)
    {
        databases = null;
        var parts = text.Split(',', MaxRanges + 1);
        if (parts.Length > MaxRanges)
        {
            return false;
        }

        var ranges = new (int From, int To)[parts.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            var ends = parts[index].Split('-');
            if (ends.Length > 2 || !TryParseNumber(ends[0], out var from) || !TryParseNumber(ends[^1], out var to) || from > to)
            {
                return false;
            }

            ranges[index] = (from, to);
        }

        databases = new DatabaseRanges(ranges, text);
        return true;
    }

    public bool Contain(int database) => Array.Exists(_ranges, range => range.From <= database && database <= range.To);

    public override string ToString() => _text;

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number.ToString(CultureInfo.InvariantCulture) == text;
}
