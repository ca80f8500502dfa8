using System.Globalization;
using System.Text;
using DumbKv.Client;

namespace DumbKv.CommandLine.Output;

/// <summary>Text for a terminal. Control characters could move the cursor, change the title, or hide what is written.</summary>
internal static class DisplayText
{
    public static string OneLine(string text) => string.Concat(text.Select(character => IsHarmful(character) || character is '\n' or '\t' ? " " : character.ToString()));

    /// <summary>Several lines. A control character is shown by its number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="changed">Whether it had such characters.</param>
    public static string Lines(string text, out bool changed)
    {
        var shown = new StringBuilder(text.Length);
        changed = false;
        for (var i = 0; i < text.Length; i++)
        {
            // The line breaks of Windows are no danger.
            if (IsHarmful(text[i]) && !(text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n'))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
                changed = true;
            }
            else
            {
                shown.Append(text[i]);
            }
        }

        return shown.ToString();
    }

    /// <summary>Control characters but line feed and tab, line separators, and characters that change the direction of text.</summary>
    private static bool IsHarmful(char character) =>
        (char.IsControl(character) && character is not ('\n' or '\t')) || E1File.IsFormatting(character);
}
