using System.CommandLine;
using DumbKv.CommandLine.Commands;

namespace DumbKv.CommandLine.Completion;

/// <summary>The commands and options of the program.</summary>
internal sealed record CompletionWords(IReadOnlyList<CommandWords> Commands)
{
    public static CompletionWords Of(Command root) => new([.. root.Subcommands.Select(CommandWords.Of)]);
}

/// <param name="Name">For example set.</param>
/// <param name="Summary">The first sentence of its description.</param>
/// <param name="Options">Its options.</param>
internal sealed record CommandWords(string Name, string Summary, IReadOnlyList<OptionWord> Options)
{
    /// <summary>The words that can follow the command, separated by spaces.</summary>
    public string Following => string.Join(' ', (Name == CompletionCommand.Name ? CompletionCommand.Shells : []).Concat(Options.Select(option => option.Name)));

    public static CommandWords Of(Command command) => new(
        command.Name,
        Summarize(command.Description),
        [.. command.Options.Select(option => new OptionWord(option.Name, Summarize(option.Description), option.ValueType != typeof(bool) && option.HelpName is not null, option.HelpName == "FILE")), OptionWord.Help]);

    // Up to the end of the first sentence, and without a character that ends a description in a script.
    private static string Summarize(string? description)
    {
        var text = (description ?? "").ReplaceLineEndings(" ");
        var end = text.AsSpan().IndexOf(". ");
        return (end < 0 ? text : text[..end]).TrimEnd('.').Replace("'", "", StringComparison.Ordinal).Replace("[", "(", StringComparison.Ordinal).Replace("]", ")", StringComparison.Ordinal);
    }
}

/// <param name="Name">For example --file.</param>
/// <param name="Summary">The first sentence of its description.</param>
/// <param name="HasValue">Whether a value follows.</param>
/// <param name="IsFile">Whether the value is the name of a file.</param>
internal sealed record OptionWord(string Name, string Summary, bool HasValue, bool IsFile)
{
    public static OptionWord Help { get; } = new("--help", "Show help", HasValue: false, IsFile: false);
}
