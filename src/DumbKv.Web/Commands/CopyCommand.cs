using System.CommandLine;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv copy</c>: copies a store's entries, still encrypted, into another store.</summary>
internal static class CopyCommand
{
    private const string Description = """
        Copies all entries, still encrypted, and the store key with its pepper from one store to another. Stop the servers
        of both stores first. If the copy is interrupted, run it again to resume it. It never replaces a different value.

        From SQLite to PostgreSQL (set the password in PGPASSWORD, so that it is not in the list of processes):
          dumbkv copy --from dumbkv.db --to postgres://dumbkv@host/dumbkv

        From PostgreSQL to SQLite:
          dumbkv copy --from postgres://dumbkv@host/dumbkv --to dumbkv.db
        """;

    public static Command Create()
    {
        var from = Location("--from", "the store to read");
        var to = Location("--to", "the store to fill; it must not hold other values under the same keys");
        var command = new Command("copy", Description) { from, to };
        command.SetAction((call, cancellationToken) => CommandRunner.RunAsync(settings => RunAsync(
            ServerSettings.ReadDatabaseAt(settings, call.GetRequiredValue(from), from.Name),
            ServerSettings.ReadDatabaseAt(settings, call.GetRequiredValue(to), to.Name),
            cancellationToken)));
        return command;

        static Option<string> Location(string name, string description) =>
            new(name) { Description = $"{description}; a SQLite file or a postgres:// URL", HelpName = "LOCATION", Required = true };
    }

    private static async Task<int> RunAsync(DatabaseOptions from, DatabaseOptions to, CancellationToken cancellationToken)
    {
        if (from.Location == to.Location || (from.Type, to.Type) == (DatabaseType.Sqlite, DatabaseType.Sqlite) && Path.GetFullPath(from.Location) == Path.GetFullPath(to.Location))
        {
            return CommandRunner.Fail("--from and --to are the same store. Name two.", ExitCodes.WrongUsage);
        }

        await using var source = CommandServices.For(from);
        await using var target = CommandServices.For(to);
        var key = await source.Initializer.OpenExistingAsync(CommandRunner.Waiting(), cancellationToken);
        var targetKey = await target.Initializer.OpenAsync(key, CommandRunner.Waiting(), cancellationToken);
        if (!key.IsSameAs(targetKey))
        {
            return CommandRunner.Fail("The target has another store key or another pepper, so it could not decrypt the values. Nothing was copied. Name a new store with --to.");
        }

        var result = await ProgressDisplay.RunAsync(progress =>
            CopyStoreHandler.HandleAsync(new CopyStore(source.Scanner, target.Scanner, progress), cancellationToken));

        return result.Outcome switch
        {
            CopyOutcome.Conflicting => CommandRunner.Fail(
                $"The target has other values under the keys of {result.Conflicts} entries. Nothing was copied. Name a new store with --to."),
            CopyOutcome.Unverified => CommandRunner.Fail(
                "The target does not hold what was written to it: another program writes to it. Stop that program, then repeat the command."),
            _ => Report(result),
        };
    }

    private static int Report(CopyResult result)
    {
        Console.WriteLine($"Copied {result.Rows} entries, of which {result.Present} were already there. Count and digest match: {result.Digest}");
        return 0;
    }
}
