using System.CommandLine;
using System.CommandLine.Parsing;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary>The command line. Without a command the program serves; a command works on the store and ends.</summary>
internal static class CommandLine
{
    private const string Description = """
        DumbKV: a key-value server where the key is the secret. Without a command it serves.

        Settings are environment variables, or lines of the file .env in this folder; commands read the same ones:
          DATABASE_LOCATION=/data/dumbkv.db ASPNETCORE_URLS=http://localhost:8000 dumbkv
          DATABASE_LOCATION=/data/dumbkv.db dumbkv backup /backup/monday.db

        docs/settings.md describes every setting.

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
            if (result.Tokens.Any(token => IsOption(token) || IsDatabase(token) || string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("FILE is an option, a database or empty");
            }
        });
        return file;
    }

    /// <summary>One sentence. The parser takes an unknown option for FILE and then rejects the file.</summary>
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
            ("FILE", []) => $"Name the {(command.Name == "restore" ? "backup" : "file to write")}: {name} FILE",
            ("FILE", [var second, ..]) => $"{name} takes one FILE, and {second} is a second one. Put a name with spaces into quotes.",
            (_, [_, ..]) => $"{name} has an argument too many. See {name} --help",
            _ => $"{call.Errors[0].Message} See {name} --help",
        };
    }

    /// <summary>What newcomers try instead of a command.</summary>
    private static string ExplainWord(string word, Command root) => word switch
    {
        "serve" or "server" or "start" or "run" or "up" or "listen" or "daemon" => $"{word} is not a command: dumbkv without a command serves.",
        "get" or "set" or "put" or "post" or "delete" or "del" or "rm" or "read" or "write" or "list" or "ls" or "keys" =>
            $"{word} is not a command: keys and values are read and written over HTTP, with POST, PUT and DELETE /kv, or on the server's page.",
        "init" or "create" or "setup" or "install" or "migrate" or "migration" or "migrations" =>
            $"{word} is not a command: a start creates the store and brings it up to date.",
        "version" => "version is not a command. See dumbkv --version",
        _ when word.Split('=') is [var setting, _, ..] && SettingNames.IsKnown(setting) => $"Settings go before the program, or into .env: {setting}=… dumbkv",
        _ when SettingNames.Nearest(word, root.Subcommands.Select(command => command.Name)) is { } nearest => $"{word} is not a command. Did you mean {nearest}? See dumbkv --help",
        _ when word.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') => $"{word} is not a command. See dumbkv --help",
        _ => "The first word is not a command. See dumbkv --help", // It may be a URL with a password.
    };

    private static string ExplainOption(string option, string? value, string name) => SettingNames.Guess(option) switch
    {
        _ when option is "-v" or "-V" => $"{option} is not an option of {name}. See dumbkv --version",
        SettingNames.Urls => $"{option} is not an option of {name}. Set {SettingNames.Urls}=http://localhost:{(ushort.TryParse(value, out var port) ? port : 8000)} in the environment or in .env.",
        { } setting => $"{option} is not an option of {name}. Set {setting} in the environment or in .env.",
        null => $"{option} is not an option of {name}. See {name} --help",
    };

    /// <summary>A URL or a connection string, which may hold a password. It must not become the name of a file.</summary>
    private static bool IsDatabase(Token token) =>
        token.Value.Contains("://", StringComparison.Ordinal) || token.Value.Contains("password=", StringComparison.OrdinalIgnoreCase);

    private static bool IsOption(Token token) => token.Type == TokenType.Argument && token.Value.StartsWith('-');
}
