using System.Text.RegularExpressions;

namespace DumbKv.Infrastructure.Storage;

/// <summary>A statement of <see cref="EntrySql"/>.</summary>
internal sealed partial class EntryStatement
{
    private readonly List<string> _parameters = [];

    /// <param name="text">The SQL, with named parameters.</param>
    public EntryStatement(string text)
    {
        Text = text;
        NumberedText = Parameter().Replace(text, match =>
        {
            var name = match.Groups[1].Value;
            if (!_parameters.Contains(name))
            {
                _parameters.Add(name);
            }

            return $"${_parameters.IndexOf(name) + 1}";
        });
    }

    /// <summary>The SQL with named parameters: @name.</summary>
    public string Text { get; }

    /// <summary>The SQL with numbered parameters: $1. Npgsql sends it as it is, and would rewrite named parameters for every command.</summary>
    public string NumberedText { get; }

    /// <summary>The parameters' names, without @, in the order in which the text first uses them. SQLite numbers them the same way.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Parameter();
}
