using System.CommandLine;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv copy</c>: a store's entries, still sealed, into another store.</summary>
internal static class CopyCommand
{
    private const string Description = """
        Copies every entry, still sealed, from one store to another, and the pepper's fingerprint with it. Stop the servers
        of both first. Started again after an interruption it goes on, and it never replaces a different value.

        From SQLite to PostgreSQL, with the password in PGPASSWORD rather than in the list of processes:
          dumbkv copy --from dumbkv.db --to postgres://dumbkv@host/dumbkv

        And back:
          dumbkv copy --from postgres://dumbkv@host/dumbkv --to dumbkv.db
        """;

    public static Command Create()
    {
        var from = Location("--from", "the store to read");
        var to = Location("--to", "the store to fill: a new one, or one that holds nothing else in the same places");
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
        var pepper = await source.Initializer.OpenExistingAsync(CommandRunner.Waiting(), cancellationToken);
        var targetPepper = await target.Initializer.OpenAsync(pepper, CommandRunner.Waiting(), cancellationToken);
        if (!pepper.AsSpan().SequenceEqual(targetPepper))
        {
            return CommandRunner.Fail("The two stores were made with different peppers, or one of them without: no value would open in the target. Nothing was copied; name a new store with --to.");
        }

        var result = await ProgressDisplay.RunAsync(progress =>
            CopyStoreHandler.HandleAsync(new CopyStore(source.Scanner, target.Scanner, progress), cancellationToken));

        return result.Outcome switch
        {
            CopyOutcome.Conflicting => CommandRunner.Fail(
                $"The target has other values in the places of {result.Conflicts} entries. Nothing was copied; name a new store with --to."),
            CopyOutcome.Unverified => CommandRunner.Fail(
                "What the target holds now is not what was written to it: something else writes to it. Stop that and copy again."),
            _ => Report(result),
        };
    }

    private static int Report(CopyResult result)
    {
        Console.WriteLine($"Copied {result.Rows} entries, of which {result.Present} were there already; count and digest agree: {result.Digest}");
        return 0;
    }
}
