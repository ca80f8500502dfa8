using System.CommandLine;
using System.CommandLine.Invocation;

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
        if (call.Action is ParseErrorAction error)
        {
            // The error message is enough; the whole help would hide it.
            error.ShowHelp = false;
        }

        var exitCode = await call.InvokeAsync(new InvocationConfiguration
        {
            // The server handles SIGTERM itself and completes the requests in progress, without a limit here.
            // A command is cancelled, and has this long to clean up.
            ProcessTerminationTimeout = call.CommandResult.Command == root ? null : TimeSpan.FromSeconds(10),
        });

        return call.Errors.Count > 0 ? ExitCodes.WrongUsage : exitCode;
    }
}
