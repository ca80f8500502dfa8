using System.CommandLine;
using System.CommandLine.Invocation;

namespace DumbKv.Web.Cli;

/// <summary>The command line: no verb serves, a verb does its work on the store and ends.</summary>
internal static class DumbKvCommand
{
    private const string Description = """
        DumbKV: a key-value server where the key is the secret. Without a verb it serves.

        Settings are environment variables, or lines of the file .env in this folder; verbs read the same ones:
          DATABASE_LOCATION=/data/dumbkv.db dumbkv
          DATABASE_LOCATION=/data/dumbkv.db dumbkv backup /backup/monday.db

        Exit codes: 0 done, 1 failed, 2 wrong call or setting.
        """;

    public static async Task<int> InvokeAsync(string[] args)
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
        root.SetAction((_, _) => Server.RunAsync());

        var call = root.Parse(args);
        if (call.Action is ParseErrorAction error)
        {
            // The error's own line is enough to mend a call; --help is there for the rest.
            error.ShowHelp = false;
        }

        var exitCode = await call.InvokeAsync(new InvocationConfiguration
        {
            // The host itself listens for SIGTERM and finishes what is in flight: no limit here may cut that short.
            // A verb is told, and gets this long to tidy up.
            ProcessTerminationTimeout = call.CommandResult.Command == root ? null : TimeSpan.FromSeconds(10),
        });

        return call.Errors.Count > 0 ? 2 : exitCode;
    }
}
