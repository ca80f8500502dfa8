using DumbKv.CommandLine.Terminals;

namespace DumbKv.CommandLine.Secrets;

/// <summary>Secrets that a person types.</summary>
internal static class SecretPrompt
{
    /// <exception cref="CommandException">There is no terminal, or nothing was typed.</exception>
    public static async Task<string> ReadAsync(string prompt, string what, string otherwise, CancellationToken cancellationToken)
    {
        using var terminal = Terminal.TryOpen() ?? throw CommandException.Usage($"There is no terminal to ask for the {what}. {otherwise}");
        return await ReadAsync(terminal, prompt, what, cancellationToken);
    }

    /// <summary>Asks twice, because a typing error in what is stored would be found too late.</summary>
    public static async Task<string> ReadTwiceAsync(string prompt, string again, string what, string otherwise, CancellationToken cancellationToken)
    {
        using var terminal = Terminal.TryOpen() ?? throw CommandException.Usage($"There is no terminal to ask for the {what}. {otherwise}");
        var first = await ReadAsync(terminal, prompt, what, cancellationToken);
        return first == await ReadAsync(terminal, again, what, cancellationToken) ? first : throw CommandException.Usage($"The two inputs of the {what} are not the same.");
    }

    private static async Task<string> ReadAsync(Terminal terminal, string prompt, string what, CancellationToken cancellationToken) =>
        await terminal.ReadHiddenLineAsync(prompt, cancellationToken) is { Length: > 0 } text ? text : throw CommandException.Usage($"The {what} is empty.");
}
