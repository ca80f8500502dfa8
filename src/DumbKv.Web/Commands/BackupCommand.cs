using System.CommandLine;
using System.Globalization;
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

        With --keep, the file gets a name with the time in UTC, in a directory for the backups of this store. When it is
        complete and checked, all but the newest of these backups are removed. Other files stay.

          DATABASE_LOCATION=dumbkv.db dumbkv backup --keep 14 /backup
        """;

    private const int MostKept = 10_000;

    public static Command Create()
    {
        var file = CommandLine.File("the file to write; it must not exist. With --keep, a directory that exists");
        var keep = new Option<string>("--keep") { Description = "keep this many backups in the directory, and remove the others", HelpName = "N" };
        var command = new Command("backup", Description) { file, keep };
        command.SetAction((call, cancellationToken) => CommandRunner.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true), call.GetRequiredValue(file), call.GetValue(keep), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, string file, string? keep, CancellationToken cancellationToken)
    {
        if (options.Type == DatabaseType.Postgres)
        {
            return CommandRunner.Fail("dumbkv backup copies SQLite stores. For PostgreSQL, dump the tables entries, store and __EFMigrationsHistory with pg_dump, as docs/admin.md shows.", ExitCodes.WrongUsage);
        }

        await using var store = CommandServices.For(options);
        if (keep is null)
        {
            return Directory.Exists(file)
                ? CommandRunner.Fail($"{file} is a directory. Name a new file in it, or let the command name it: dumbkv backup --keep 14 {ShellText.Quote(file)}", ExitCodes.WrongUsage)
                : await BackUpAsync(store, file, cancellationToken);
        }

        if (!int.TryParse(keep, NumberStyles.None, CultureInfo.InvariantCulture, out var kept) || kept is < 1 or > MostKept)
        {
            return CommandRunner.Fail(string.Create(CultureInfo.InvariantCulture, $"--keep must be a whole number from 1 to {MostKept}."), ExitCodes.WrongUsage);
        }

        var directory = new BackupDirectory(file, options.Location);
        var made = directory.NameFor(TimeProvider.System.GetUtcNow());
        await BackUpAsync(store, made, cancellationToken);
        foreach (var later in directory.LaterThan(made))
        {
            await Console.Error.WriteLineAsync($"{later} has a later time than this backup: the clock was set back. It counts as a newer backup. If its time is wrong, remove it.");
        }

        foreach (var removed in directory.RemoveOldest(made, kept, TimeProvider.System.GetUtcNow()))
        {
            Console.WriteLine($"Removed {removed}.");
        }

        return 0;
    }

    private static async Task<int> BackUpAsync(CommandServices store, string file, CancellationToken cancellationToken)
    {
        var bytes = await ProgressDisplay.RunAsync(progress => store.Backup!.BackUpAsync(file, progress, cancellationToken));
        Console.WriteLine($"Backed up {store.Options.Location} to {file}: {bytes} bytes, checked.");
        return 0;
    }
}
