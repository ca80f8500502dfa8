using System.CommandLine;
using System.CommandLine.Parsing;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary>The command line. Without a command the program serves. A command works on the store and ends.</summary>
internal static class CommandLine
{
    private const string Description = """
        DumbKV: a key-value server where the key is the secret. Without a command, it runs the server.

        Settings are environment variables, or lines of the file .env in the current directory. Commands read the same settings:
          DATABASE_LOCATION=/data/dumbkv.db ASPNETCORE_URLS=http://localhost:8000 dumbkv
          DATABASE_LOCATION=/data/dumbkv.db dumbkv backup /backup/monday.db

        docs/settings.md describes every setting.

        Exit codes: 0 success, 1 failure, 2 wrong argument or setting.
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
            PepperCommand.Create(),
            TokenCommand.Create(),
            HealthCommand.Create(),
        };
        root.SetAction((_, _) => serve());

        var call = root.Parse(args);
        if (call.Errors.Count > 0)
        {
            return CommandRunner.Fail(Explain(call), ExitCodes.WrongUsage);
        }

        var exitCode = await call.InvokeAsync(new InvocationConfiguration
        {
            // The server handles SIGTERM itself and completes the requests in progress, so there is no limit here.
            // A command is cancelled, and has this much time to clean up.
            ProcessTerminationTimeout = call.CommandResult.Command == root ? null : TimeSpan.FromSeconds(10),
        });

        return exitCode;
    }

    /// <summary>The only FILE of a command. A name that begins with a dash is parsed as an option: write ./-name.</summary>
    public static Argument<string> File(string description)
    {
        var file = new Argument<string>("FILE") { Description = description };
        file.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => IsOption(token) || IsDatabase(token) || string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("FILE is an option, a database or empty");
            }
        });
        return file;
    }

    /// <summary>The error as one sentence. The parser takes an unknown option for FILE and then rejects it.</summary>
    private static string Explain(ParseResult call)
    {
        var command = call.CommandResult.Command;
        if (command is RootCommand && call.UnmatchedTokens is [var first, ..] && !first.StartsWith('-'))
        {
            return ExplainWord(first, command);
        }

        var name = command is RootCommand ? "dumbkv" : $"dumbkv {command.Name}";
        if (call.Tokens.FirstOrDefault(IsOption) is { } option)
        {
            // --port 8080 or --port=8080
            var parts = option.Value.Split('=', 2);
            var value = parts.Length > 1 ? parts[1] : call.Tokens.SkipWhile(token => token != option).ElementAtOrDefault(1)?.Value;
            return ExplainOption(parts[0], value, name);
        }

        if (command.Arguments.Count > 0 && call.Tokens.Any(IsDatabase))
        {
            return "FILE is the address of a database. Name a file.";
        }

        return (command.Arguments.FirstOrDefault()?.Name, call.UnmatchedTokens) switch
        {
            ("FILE", []) when call.Tokens.Any(token => token is { Type: TokenType.Option, Value: "--keep" }) => $"Name a number and the directory: {name} --keep N DIRECTORY",
            ("FILE", []) => $"Name the {(command.Name == "restore" ? "backup" : "file to write")}: {name} FILE",
            ("FILE", [var second, ..]) => $"{name} takes one FILE, and {second} is a second one. Put a name with spaces in quotes.",
            (_, [_, ..]) => $"{name} has too many arguments. See {name} --help",
            _ => $"{call.Errors[0].Message} See {name} --help",
        };
    }

    /// <summary>Explains words that newcomers try instead of a command.</summary>
    private static string ExplainWord(string word, Command root) => word switch
    {
        "serve" or "server" or "start" or "run" or "up" or "listen" or "daemon" => $"{word} is not a command. Run dumbkv without a command to start the server.",
        "get" or "set" or "put" or "post" or "delete" or "del" or "rm" or "read" or "write" or "list" or "ls" or "keys" =>
            $"{word} is not a command. Read and write values over HTTP, with POST, PUT and DELETE /kv, or on the server's page.",
        "init" or "create" or "setup" or "install" or "migrate" or "migration" or "migrations" =>
            $"{word} is not a command. The server creates and migrates the store when it starts.",
        "version" => "version is not a command. See dumbkv --version",
        _ when word.Split('=') is [var setting, _, ..] && SettingNames.IsKnown(setting) => $"Write settings before the program, or in .env: {setting}=… dumbkv",
        _ when SettingNames.Nearest(word, root.Subcommands.Select(command => command.Name)) is { } nearest => $"{word} is not a command. Did you mean {nearest}? See dumbkv --help",
        _ when word.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') => $"{word} is not a command. See dumbkv --help",
        _ => "The first word is not a command. See dumbkv --help", // The word can be a URL with a password.
    };

    private static string ExplainOption(string option, string? value, string name) => SettingNames.Guess(option) switch
    {
        _ when option is "-v" or "-V" => $"{option} is not an option of {name}. See dumbkv --version",
        SettingNames.Urls => $"{option} is not an option of {name}. Set {SettingNames.Urls}=http://localhost:{(ushort.TryParse(value, out var port) ? port : 8000)} in the environment or in .env.",
        { } setting => $"{option} is not an option of {name}. Set {setting} in the environment or in .env.",
        null => $"{option} is not an option of {name}. See {name} --help",
    };

    /// <summary>A URL or a connection string, which can hold a password. It must not become the name of a file.</summary>
    private static bool IsDatabase(Token token) =>
        token.Value.Contains("://", StringComparison.Ordinal) || token.Value.Contains("password=", StringComparison.OrdinalIgnoreCase);

    private static bool IsOption(Token token) => token.Type == TokenType.Argument && token.Value.StartsWith('-');
}
