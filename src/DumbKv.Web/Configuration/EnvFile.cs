using System.Text.RegularExpressions;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Configuration;

/// <summary>
/// The lines of a <c>.env</c> file, read as python-dotenv reads them, so that files of the original server keep their meaning. Only
/// <c>${NAME}</c> and <c>${NAME:-default}</c> are replaced, in every value; any other <c>$</c> is an ordinary character. A wrong line and
/// an unknown name in braces, which python-dotenv ignores, are refused with the number of the line. No message contains text of the
/// line, because it can be part of a password.
/// </summary>
internal static partial class EnvFile
{
    public sealed record Line(int Number, string Name, string Value);

    /// <param name="text">The file.</param>
    /// <param name="environment">Returns the variable of a name, or null. It takes precedence over an earlier line of the file.</param>
    /// <param name="references">Receives the names that values refer to.</param>
    /// <exception cref="StartRefusedException">A line is wrong.</exception>
    public static List<Line> Parse(string text, Func<string, string?> environment, ISet<string> references)
    {
        var lines = new List<Line>();
        var number = 1;
        for (int position = 0, counted = 0; Blank().Match(text, position) is var blank && (position += blank.Length) < text.Length;)
        {
            number += text.AsSpan(counted, position - counted).Count('\n');
            counted = position;
            var match = Assignment().Match(text, position);
            if (!match.Success)
            {
                throw Wrong(number, WhatIsWrong(text, position));
            }

            position += match.Length;
            if (match.Groups["name"].Success)
            {
                var value = Reference().Replace(Unquote(match), reference => Resolve(reference, number));
                lines.Add(new Line(number, match.Groups["name"].Value, value));
            }
        }

        return lines;

        string Resolve(Match reference, int number)
        {
            var name = reference.Groups["name"].Value;
            references.Add(name);
            return environment(name)
                ?? lines.FindLast(line => line.Name == name)?.Value
                ?? (reference.Groups["default"] is { Success: true, Value: var byDefault } ? byDefault : null)
                ?? throw Wrong(number, "${…} names a variable that is not set. Set it, or write a default: ${NAME:-default}. For a value that contains ${, set the variable in the environment instead.");
        }
    }

    private static string Unquote(Match match) => match.Groups["single"] is { Success: true, Value: var single }
        ? SingleEscape().Replace(single, "$1")
        : match.Groups["double"] is { Success: true, Value: var @double }
            ? DoubleEscape().Replace(@double, escape => Regex.Unescape(escape.Value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\'", "'", StringComparison.Ordinal)))
            : InlineComment().Replace(match.Groups["plain"].Value, string.Empty).TrimEnd();

    private static string WhatIsWrong(string text, int position)
    {
        if (BeforeQuote().Match(text, position) is not { Success: true } before)
        {
            return "is not NAME=value.";
        }

        return Quoted().IsMatch(text, position + before.Length) ? "there is text behind the closing quote." : "a quote is not closed.";
    }

    private static StartRefusedException Wrong(int number, string rule) => new(StartRefusal.WrongSetting, $".env line {number}: {rule}");

    [GeneratedRegex(@"\G\s*")]
    private static partial Regex Blank();

    [GeneratedRegex(
        """
        \G(?:(?:export[^\S\r\n]+)?(?<name>[^=\#\s'"]+)[^\S\r\n]*=[^\S\r\n]*
        (?:'(?<single>(?:\\.|[^'\\])*)'|"(?<double>(?:\\.|[^"\\])*)"|(?<plain>(?!['"])[^\r\n]*)))?
        [^\S\r\n]*(?:\#[^\r\n]*)?(?:\r\n|\n|\r|\z)
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Assignment();

    [GeneratedRegex("""\G(?:export[^\S\r\n]+)?[^=#\s'"]+[^\S\r\n]*=[^\S\r\n]*(?=['"])""")]
    private static partial Regex BeforeQuote();

    [GeneratedRegex("""\G(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\s+#.*")]
    private static partial Regex InlineComment();

    [GeneratedRegex(@"\\([\\'])")]
    private static partial Regex SingleEscape();

    [GeneratedRegex("""\\[\\'"abfnrtv]""")]
    private static partial Regex DoubleEscape();

    [GeneratedRegex(@"\$\{(?<name>[^}:]*)(?::-(?<default>[^}]*))?\}")]
    private static partial Regex Reference();
}
