using System.Text;

namespace DumbKv.CommandLine.DotEnv;

/// <summary>Reads the lines NAME=VALUE of a .env file. docs/cli.md has the format. No message repeats a text of the file.</summary>
internal static class EnvFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="CommandException">The file is not valid. The message has the number of the line.</exception>
    public static IReadOnlyDictionary<string, string> Parse(ReadOnlySpan<byte> file)
    {
        string text;
        try
        {
            text = Utf8.GetString(file);
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException("The value is not a .env file: it is not UTF-8.");
        }

        return new Reader(text).Read();
    }

    private sealed class Reader(string text)
    {
        private const int End = -1;

        private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
        private int _at = text.StartsWith('\ufeff') ? 1 : 0;
        private int _line = 1;

        private int Next => _at < text.Length ? text[_at] : End;

        private bool IsAtEndOfLine => Next is '\n' or End || (Next == '\r' && (_at + 1 == text.Length || text[_at + 1] == '\n'));

        public Dictionary<string, string> Read()
        {
            while (Next != End)
            {
                SkipBlanks();
                if (!IsAtEndOfLine && Next != '#')
                {
                    ReadVariable();
                }

                SkipLine();
            }

            return _variables;
        }

        private void ReadVariable()
        {
            var name = ReadName();
            if (name == "export" && Next is ' ' or '\t')
            {
                SkipBlanks();
                name = ReadName();
            }

            SkipBlanks();
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || Next != '=')
            {
                throw Wrong("it must be NAME=VALUE. A name has letters, digits and underscores, and starts with no digit");
            }

            _at++;
            SkipBlanks();
            var line = _line;
            var value = Next switch
            {
                '\'' => ReadQuoted('\'', line),
                '"' => ReadQuoted('"', line),
                _ => ReadUnquoted(),
            };
            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw Wrong("a value cannot contain the character NUL");
            }

            _variables[name] = value;
        }

        private string ReadName()
        {
            var start = _at;
            while (Next != End && (char.IsAsciiLetterOrDigit((char)Next) || Next == '_'))
            {
                _at++;
            }

            return text[start.._at];
        }

        /// <summary>Up to the end of the line, or to a comment after a blank.</summary>
        private string ReadUnquoted()
        {
            var start = _at;
            while (!IsAtEndOfLine && !(Next == '#' && (text[_at - 1] is ' ' or '\t')))
            {
                _at++;
            }

            return text[start.._at].TrimEnd(' ', '\t');
        }

        /// <summary>Up to the closing quote, which can be on a later line. In double quotes, a backslash starts an escape.</summary>
        private string ReadQuoted(char quote, int firstLine)
        {
            var value = new StringBuilder();
            _at++;
            while (Next != quote)
            {
                if (Next == End)
                {
                    _line = firstLine;
                    throw Wrong("a quote is not closed");
                }

                if (Next == '\\' && quote == '"')
                {
                    _at++;
                    value.Append(Unescape());
                }
                else
                {
                    value.Append((char)Next);
                }

                _line += Next == '\n' ? 1 : 0;
                _at++;
            }

            _at++;
            SkipBlanks();
            return IsAtEndOfLine || Next == '#' ? value.ToString() : throw Wrong("after the closing quote there can be only a comment");
        }

        private char Unescape() => Next switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' or '\\' or '$' => (char)Next,
            _ => throw Wrong("a backslash in double quotes must be followed by n, r, t, $, a double quote or a backslash. Single quotes keep every character"),
        };

        private void SkipBlanks()
        {
            while (Next is ' ' or '\t')
            {
                _at++;
            }
        }

        private void SkipLine()
        {
            while (Next is not ('\n' or End))
            {
                _at++;
            }

            if (Next == '\n')
            {
                _at++;
                _line++;
            }
        }

        private CommandException Wrong(string what) => new($"The value is not a .env file. Line {_line}: {what}.");
    }
}
