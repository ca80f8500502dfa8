using System.CommandLine;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv backup</c>: a copy of a SQLite store while its server runs.</summary>
internal static class BackupCommand
{
    private const string Description = """
        Copies a SQLite store into one new file while its server runs. The file holds every write that was answered before
        the command started, and nothing that was deleted or replaced before. It is readable only by you.

          DATABASE_LOCATION=dumbkv.db dumbkv backup monday.db

        To restore it, stop the server and run:

          DATABASE_LOCATION=dumbkv.db dumbkv restore monday.db

        While it runs, the command needs space for two copies of the store in the directory of the backup.
        """;

    public static Command Create()
    {
        var file = CommandLine.File("the file to write; it must not exist");
        var command = new Command("backup", Description) { file };
        command.SetAction((call, cancellationToken) => CommandRunner.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true), call.GetRequiredValue(file), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, string file, CancellationToken cancellationToken)
    {
        if (options.Type == DatabaseType.Postgres)
        {
            return CommandRunner.Fail("dumbkv backup copies SQLite stores. For PostgreSQL, dump the tables entries, store and __EFMigrationsHistory with pg_dump, as docs/admin.md shows.", ExitCodes.WrongUsage);
        }

        await using var store = CommandServices.For(options);
        var bytes = await ProgressDisplay.RunAsync(progress => store.Backup!.BackUpAsync(file, progress, cancellationToken));

        Console.WriteLine($"Backed up {options.Location} to {file}: {bytes} bytes, checked.");
        return 0;
    }
}
