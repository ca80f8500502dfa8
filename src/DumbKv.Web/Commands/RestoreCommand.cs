using System.CommandLine;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv restore</c>: replaces a SQLite store with a backup.</summary>
internal static class RestoreCommand
{
    private const string Description = """
        Replaces a SQLite store with a backup. Stop the server first.

          DATABASE_LOCATION=dumbkv.db dumbkv restore monday.db

        The command copies the backup, verifies the copy, and exchanges it for the store. The backup is only read. The old
        store is kept beside the new one: its name begins with dumbkv.db.before-restore.

        If PEPPER or PEPPER_FILE is set, the command refuses a backup with another pepper. The server needs the pepper of the
        backup.

        If the command is interrupted, run the same command again. Until then the server and the other commands refuse to
        open the store.

        A PostgreSQL store is restored with pg_restore.

        Exit codes: 0 restored, 1 failure (the command can be repeated), 2 wrong argument or setting.
        """;

    public static Command Create()
    {
        var file = CommandLine.File("the backup, made by dumbkv backup");
        var command = new Command("restore", Description) { file };
        command.SetAction((call, cancellationToken) => CommandRunner.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true), call.GetRequiredValue(file), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, string file, CancellationToken cancellationToken)
    {
        if (options.Type == DatabaseType.Postgres)
        {
            return CommandRunner.Fail("dumbkv restore restores SQLite stores. For PostgreSQL, stop the servers, then run: pg_restore --clean --if-exists --single-transaction --dbname=DATABASE FILE", ExitCodes.WrongUsage);
        }

        await using var store = CommandServices.For(options);
        var result = await ProgressDisplay.RunAsync(progress =>
            store.Restore!.RestoreAsync(file, CommandRunner.Waiting(), Console.Error.WriteLine, progress, cancellationToken));

        Console.WriteLine($"Restored {options.Location} from {file}: {result.Bytes} bytes, checked.");
        if (result.Previous is not null)
        {
            Console.WriteLine($"The previous store is now {result.Previous}. To delete it, run: rm {ShellText.Quote(result.Previous)}*");
        }

        return 0;
    }
}
