using System.CommandLine;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv upgrade</c>: imports the original server's entries into this store.</summary>
internal static class UpgradeCommand
{
    private const string Description = """
        Imports the entries of the original server into this store. It needs no keys. Stop the original server first.

        From the table kv in this store's own database (a start of the server does this too):
          DATABASE_LOCATION=database/dumbkv.db dumbkv upgrade

        From another database, which is only read:
          DATABASE_LOCATION=dumbkv.db dumbkv upgrade --from database/dumbkv.db
          DATABASE_LOCATION=dumbkv.db dumbkv upgrade --from postgres://user@host/original
        """;

    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "the original server's SQLite file or postgres:// URL", HelpName = "LOCATION" };
        var command = new Command("upgrade", Description) { from };
        command.SetAction((call, cancellationToken) =>
            CommandRunner.RunAsync(settings => RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true), call.GetValue(from), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, string? from, CancellationToken cancellationToken)
    {
        await using var store = CommandServices.For(options);
        if (from is null && !store.Initializer.Exists())
        {
            return CommandRunner.Fail($"{options.Location} does not exist. Name the original server's file in DATABASE_LOCATION, or with --from.", ExitCodes.WrongUsage);
        }

        var result = await ProgressDisplay.RunAsync(progress => from is null
            ? store.Initializer.OpenAndImportAsync(CommandRunner.Waiting(), progress, cancellationToken)
            : store.Initializer.ImportFromAsync(from, CommandRunner.Waiting(), progress, cancellationToken));

        return result is null
            ? CommandRunner.Fail("There is nothing to import: the database has no table kv with the columns database_id, key and value.")
            : Report(result, from is null);
    }

    private static int Report(ImportResult result, bool isInPlace)
    {
        Console.WriteLine($"Imported {result.Imported} entries.");
        if (result.Staying > 0)
        {
            Console.Error.WriteLine(
                $"{result.Staying} rows {(isInPlace ? "stay in the table kv" : "were not imported")}: {result.Unreadable} cannot be decrypted, {result.Conflicting} have another value in this store. Each is named above.");
        }

        return 0;
    }
}
