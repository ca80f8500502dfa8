using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using DumbKv.CommandLine.Secrets;

namespace DumbKv.CommandLine.Commands;

/// <summary>Where the value comes from, and how long it is kept: the options of set and share.</summary>
internal static class ValueOptions
{
    private const long MaxSeconds = 315_360_000; // The server's: ten years.

    public static readonly Option<string> File = new("--file") { Description = "Store the content of a file. Default: standard input", HelpName = "FILE" };

    public static readonly Option<bool> Prompt = new("--value-prompt") { Description = "Ask for the value, one line that is not shown" };

    public static readonly Option<TimeSpan?> Ttl = new("--ttl")
    {
        Description = "When the value expires: 90s, 15m, 12h, 7d or 4w from now. Default: never",
        HelpName = "TIME",
        CustomParser = ParseTtl,
    };

    /// <returns>The value, and the file that it comes from.</returns>
    public static async Task<(ReadOnlyMemory<byte> Value, string? File)> ReadAsync(ParseResult call, int maxBytes, CancellationToken cancellationToken)
    {
        var file = call.GetValue(File);
        if (!call.GetValue(Prompt))
        {
            return (await ValueInput.ReadAsync(file, maxBytes, cancellationToken), file == SecretFile.Dash ? null : file);
        }

        if (file is not null)
        {
            throw CommandException.Usage("Give --file or --value-prompt and not both.");
        }

        var typed = await SecretPrompt.ReadTwiceAsync("Value: ", "The same value again: ", "value", "Use standard input or --file.", cancellationToken);
        return (Encoding.UTF8.GetBytes(typed), null);
    }

    public static TimeSpan? ParseTtl(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, 'w' => 604_800, _ => 0 };
        if (unit > 0 && long.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= MaxSeconds / unit)
        {
            return TimeSpan.FromSeconds(number * unit);
        }

        result.AddError("--ttl must be a number with s, m, h, d or w, like 90s or 7d, and at most 3650d.");
        return null;
    }
}
