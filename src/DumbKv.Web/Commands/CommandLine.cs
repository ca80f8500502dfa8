using System.CommandLine;
using System.CommandLine.Parsing;

namespace DumbKv.Web.Commands;

/// <summary>The command line. Without a command the program serves; a command works on the store and ends.</summary>
internal static class CommandLine
{
    private const string Description = """
        DumbKV: a key-value server where the key is the secret. Without a command it serves.

        Settings are environment variables, or lines of the file .env in this folder; commands read the same ones:
          DATABASE_LOCATION=/data/dumbkv.db dumbkv
          DATABASE_LOCATION=/data/dumbkv.db dumbkv backup /backup/monday.db

        Exit codes: 0 done, 1 failed, 2 wrong call or setting.
        """;

    public static async Task<int> InvokeAsync(string[] args, Func<Task<int>> serve)
    {
        var root = new RootCommand(Description)
        {
            UpgradeCommand.Create(),
            CopyCommand.Create(),
            BackupCommand.Create(),
            RestoreCommand.Create(),
            CheckCommand.Create(),
            TokenCommand.Create(),
        };
        root.SetAction((_, _) => serve());

        var call = root.Parse(args);
        if (call.Errors.Count > 0)
        {
            return CommandRunner.Fail(Explain(call), ExitCodes.WrongUsage);
        }

        var exitCode = await call.InvokeAsync(new InvocationConfiguration
        {
            // The server handles SIGTERM itself and completes the requests in progress, without a limit here.
            // A command is cancelled, and has this long to clean up.
            ProcessTerminationTimeout = call.CommandResult.Command == root ? null : TimeSpan.FromSeconds(10),
        });

        return exitCode;
    }

    /// <summary>The one FILE of a command. A name that begins with a dash is taken for an option: write ./-name.</summary>
    public static Argument<string> File(string description)
    {
        var file = new Argument<string>("FILE") { Description = description };
        file.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => IsOption(token) || string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("FILE is an option or empty");
            }
        });
        return file;
    }

    /// <summary>One sentence. The parser takes an unknown option for FILE and then rejects the file.</summary>
    private static string Explain(ParseResult call)
    {
        var command = call.CommandResult.Command;
        var name = command is RootCommand ? "dumbkv" : $"dumbkv {command.Name}";
        if (call.Tokens.FirstOrDefault(IsOption) is { } option)
        {
            return $"'{option.Value.Split('=')[0]}' is not an option of {name}. See {name} --help";
        }

        return (command.Arguments.FirstOrDefault()?.Name, call.UnmatchedTokens) switch
        {
            ("FILE", []) => $"Name the {(command.Name == "restore" ? "backup" : "file to write")}: {name} FILE",
            ("FILE", [var second, ..]) => $"{name} takes one FILE, and '{second}' is a second one. Put a name with spaces into quotes.",
            (_, [var word, ..]) when command is RootCommand => $"'{word}' is not a command. See {name} --help",
            (_, [_, ..]) => $"{name} has an argument too many. See {name} --help",
            _ => $"{call.Errors[0].Message} See {name} --help",
        };
    }

    private static bool IsOption(Token token) => token.Type == TokenType.Argument && token.Value.StartsWith('-');
}
