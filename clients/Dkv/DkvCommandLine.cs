using System.CommandLine;
using System.CommandLine.Parsing;
using DumbKv.CommandLine.Commands;
using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine;

/// <summary>The command line, and what is said if it is wrong. No message repeats an argument, which can be a secret.</summary>
internal static class DkvCommandLine
{
    private const string Description = """
        Stores values in a DumbKV server and reads them, end-to-end encrypted: the server sees neither the key nor the value.

          dkv share --file contract.pdf          a link that can be opened once
          dkv key --out ~/.config/dkv/key        a key, for key_file in ~/.config/dkv/config.json
          dkv set db/password --value-prompt     an entry under the key
          dkv get db/password
          dkv run app/env -- ./server            a program with the variables of a stored .env file

        The server is --url, DKV_URL, or url in ~/.config/dkv/config.json.

        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing there, 4 exists or condition not met, 5 try again later, 6 not allowed,
        7 already read.
        """;

    // An argument "@name" is an argument, and not a file of arguments. "-ab" is no pair of options.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static async Task<int> InvokeAsync(string[] args)
    {
        // What follows "--" belongs to the program of dkv run, and is not parsed.
        var dashes = args is [RunCommand.Name, ..] ? Array.IndexOf(args, "--") : -1;
        var call = Create(dashes < 0 ? null : args[(dashes + 1)..]).Parse(dashes < 0 ? args : args[..dashes], Configuration);
        if (call.CommandResult.Command is RootCommand root)
        {
            // The list of the commands has only the first line of each description.
            foreach (var command in root.Subcommands)
            {
                command.Description = command.Description!.Split('\n')[0];
            }
        }

        if (call.Errors.Count > 0)
        {
            return Messages.Fail(Explain(call), ExitCodes.WrongUsage);
        }

        if (call.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => option.Option.HelpName == "FILE" && option.Tokens.Any(token => token.Value.Length == 0)) is { } empty)
        {
            return Messages.Fail($"{empty.Option.Name} is empty. Name a file.", ExitCodes.WrongUsage);
        }

        // Help and version. Commands write by themselves, and handle signals themselves.
        using var output = new StringWriter();
        var exitCode = await call.InvokeAsync(new InvocationConfiguration { Output = output, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        try
        {
            StandardStream.Output.Write(output.ToString());
            return exitCode;
        }
        catch (PipeClosedException)
        {
            return ExitCodes.Signal + Libc.SigPipe;
        }
    }

    private static RootCommand Create(string[]? program)
    {
        var root = new RootCommand(Description)
        {
            SetCommand.Create(),
            GetCommand.Create(),
            RemoveCommand.Create(),
            PeekCommand.Create(),
            ShareCommand.Create(),
            OpenCommand.Create(),
            RunCommand.Create(program),
            KeyCommand.Create(),
            CompletionCommand.Create(),
        };

        // [suggest] and [diagram] are for developers of parsers, and repeat arguments.
        root.Directives.Clear();
        return root;
    }

    private static string Explain(ParseResult call)
    {
        var command = call.CommandResult.Command;
        var name = command is RootCommand ? "dkv" : $"dkv {command.Name}";
        if (call.Tokens.FirstOrDefault(token => token.Type == TokenType.Argument && token.Value is ['-', _, ..]) is { } option)
        {
            return ExplainOption(option.Value.Split('=')[0], name);
        }

        if (command is RootCommand)
        {
            return call.Tokens.Count == 0 ? "Name a command. See dkv --help" : "The first word is no command. See dkv --help";
        }

        // Only these messages are this program's own. Those of the parser repeat the argument.
        if (call.Errors.FirstOrDefault(error => error.Message.StartsWith("--", StringComparison.Ordinal)) is { } own)
        {
            return own.Message;
        }

        if (call.Errors[0].SymbolResult is OptionResult { Option: var incomplete })
        {
            return $"{incomplete.Name} needs one {incomplete.HelpName ?? "value"}. See {name} --help";
        }

        return command.Name switch
        {
            CompletionCommand.Name => "Name the shell: dkv completion bash, zsh, fish or pwsh.",
            RunCommand.Name => "Put two dashes before the program: dkv run KEY -- PROGRAM ARGUMENTS",
            _ => $"{name} has too many arguments. Put a name with spaces in quotes. See {name} --help",
        };
    }

    private static string ExplainOption(string option, string name) => option switch
    {
        "--key" => "A key on the command line can be seen by others. Use --key-file, DKV_KEY, or standard input: -",
        "--token" => "A token on the command line can be seen by others. Use --token-file or DKV_TOKEN.",
        "--passphrase" => "A passphrase on the command line can be seen by others. Use --passphrase-file, DKV_PASSPHRASE or --passphrase-prompt.",
        "--value" => "A value on the command line can be seen by others. Use standard input, --file or --value-prompt.",
        _ when option.Length <= 20 && option.All(character => char.IsAsciiLetterLower(character) || character == '-') => $"{option} is no option of {name}. See {name} --help",
        _ => $"{name} has no such option. See {name} --help",
    };
}
