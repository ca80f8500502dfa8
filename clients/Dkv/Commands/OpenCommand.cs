using System.CommandLine;
using DumbKv.Client;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.Entries;
using DumbKv.CommandLine.Secrets;
using DumbKv.CommandLine.Terminals;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv open</c>: reads a link after it has asked.</summary>
internal static class OpenCommand
{
    private const string Description = """
        Opens a link after it has asked.

        Says what the link leads to and whether reading removes it, asks, and then writes the secret. Before that, nothing is read.
        Without LINK it asks for the link, which keeps it out of the history of the shell.

          dkv open
          dkv open --yes --out contract.pdf - < link.txt
        """;

    private static readonly Argument<string?> Link = new("LINK") { Description = "The link, or - for standard input. Default: ask for it", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string> LinkFile = new("--link-file") { Description = "A file with the link", HelpName = "FILE" };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask, for scripts" };

    public static Command Create()
    {
        var command = new Command("open", Description)
        {
            Link, LinkFile, Yes, ValueOutput.Out, SharedOptions.PassphraseFile, SharedOptions.PassphrasePrompt, SharedOptions.Json,
        }.WithConnection();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var terminal = call.GetValue(Yes) ? null
            : Terminal.TryOpen() ?? throw CommandException.Usage("There is no terminal to ask whether to read the secret. Add --yes to read it.");

        var settings = new ClientSettings(call);
        var target = await ReadLinkAsync(call, settings, cancellationToken);
        using var entry = await EntryClient.OpenAsync(call, settings, target, writes: false, cancellationToken);

        var about = await entry.PeekAsync(cancellationToken) ?? throw NothingThere(entry.HasPassphrase);
        using var output = ValueOutput.Open(call);
        if (terminal is not null && !await AgreesAsync(terminal, target, about, cancellationToken))
        {
            throw new CommandException("The secret was not read.");
        }

        var value = await entry.GetAsync(cancellationToken) ?? throw NothingThere(entry.HasPassphrase);
        await output.WriteAsync(value, cancellationToken);
        return ExitCodes.Done;
    }

    private static async Task<Target> ReadLinkAsync(ParseResult call, ClientSettings settings, CancellationToken cancellationToken)
    {
        var (argument, file) = (call.GetValue(Link), call.GetValue(LinkFile));
        if (argument is not null && file is not null)
        {
            throw CommandException.Usage("Give LINK or --link-file and not both.");
        }

        var link = file is not null ? await SecretFile.ReadAsync(file, "link", cancellationToken)
            : argument ?? await SecretPrompt.ReadAsync("Link: ", "link", "Give LINK, --link-file, or - for standard input.", cancellationToken);
        return await new TargetResolver(call, settings).ResolveLinkAsync(link, isArgument: argument is not null, cancellationToken);
    }

    private static async Task<bool> AgreesAsync(Terminal terminal, Target target, KvMetadata about, CancellationToken cancellationToken)
    {
        var what = target.Key is null ? $"A value of {about.Size:N0} bytes, without end-to-end encryption" : $"An end-to-end encrypted secret of at most {about.Size:N0} bytes";
        terminal.Write($"{what}, on {target.Server.AbsoluteUri}\n");
        terminal.Write(about.Once ? "It can be read once. Reading it removes it from the server.\n" : "Reading it does not remove it from the server.\n");
        terminal.Write(about.ExpiresAt is { } time ? $"It expires at {Failures.Time(time)}.\n" : "It does not expire.\n");
        return (await terminal.ReadLineAsync("Read it now? [y/N] ", cancellationToken))?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static CommandException NothingThere(bool withPassphrase) => new(
        withPassphrase ? "The passphrase is wrong, or the secret has expired or was deleted. Nothing was read."
            : "The link no longer works: the secret has expired or was deleted.",
        ExitCodes.NotFound);
}
