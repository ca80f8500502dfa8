using System.CommandLine;
using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv pepper</c>: adds, replaces or removes the pepper of a store.</summary>
internal static class PepperCommand
{
    private const string Description = """
        Adds, replaces or removes the pepper of a store. Servers can run meanwhile. It takes milliseconds, because the pepper
        encrypts only the store key.

        To add a pepper, run the command, then set PEPPER and restart the servers:
          PEPPER_FILE=pepper dumbkv pepper add

        To replace it, set PEPPER to the new one and PEPPER_PREVIOUS to the old one, and restart the servers one by one. Then run
        the command with the same settings, and remove PEPPER_PREVIOUS:
          PEPPER_FILE=new PEPPER_PREVIOUS_FILE=old dumbkv pepper rotate

        To remove it, run the command, then unset PEPPER and restart the servers:
          PEPPER_FILE=pepper dumbkv pepper remove

        Create a pepper with: openssl rand -base64 32
        """;

    private const string DestroyBackups =
        "Backups, and WAL archives of PostgreSQL, that were made before still hold the store key as it was. Make a new backup, then destroy them.";

    private const string LogOfPostgres =
        "PostgreSQL's write-ahead log (pg_wal) holds it too, until PostgreSQL overwrites it. docs/admin.md says how to remove it at once.";

    public static Command Create()
    {
        var file = new Option<string>("--pepper-file") { Description = "a file with the pepper, instead of PEPPER or PEPPER_FILE", HelpName = "FILE" };
        var add = Command(PepperChange.Add, "Encrypts the store key with PEPPER", file);
        add.Options.Add(file);
        return new Command("pepper", Description)
        {
            add,
            Command(PepperChange.Rotate, "Encrypts the store key with PEPPER. Until now PEPPER_PREVIOUS encrypts it", null),
            Command(PepperChange.Remove, "Decrypts the store key, which PEPPER encrypts", null),
        };
    }

    private static Command Command(PepperChange change, string description, Option<string>? file)
    {
        var command = new Command(NameOf(change), description);
        command.SetAction((call, cancellationToken) => CommandRunner.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true), change, file is null ? null : call.GetValue(file), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, PepperChange change, string? file, CancellationToken cancellationToken)
    {
        var pepper = file is null ? options.Pepper : PepperSetting.ReadFile("--pepper-file", file);
        if (pepper is null)
        {
            return CommandRunner.Fail("PEPPER is not set. Set PEPPER or PEPPER_FILE.", ExitCodes.WrongUsage);
        }

        if (change == PepperChange.Rotate && options.PreviousPepper is null)
        {
            return CommandRunner.Fail("PEPPER_PREVIOUS is not set. Set it, or PEPPER_PREVIOUS_FILE, to the pepper that the store has now.", ExitCodes.WrongUsage);
        }

        if (change != PepperChange.Remove && pepper.LooksLikeText)
        {
            await Console.Error.WriteLineAsync("This pepper consists of printable characters, so it is probably not random. Make one with: openssl rand -base64 32");
        }

        await using var store = CommandServices.For(options);
        var result = await store.PepperChanger.ChangeAsync(change, pepper, options.PreviousPepper, cancellationToken);
        return Report(change, result, options.Type);
    }

    private static int Report(PepperChange change, PepperChangeResult result, DatabaseType type)
    {
        if (!result.IsClean)
        {
            return CommandRunner.Fail(
                $"The store key is changed, but other programs still read the old state of the store, so the old store key is still in its files. Repeat the command: it only removes what is left. {DestroyBackups}");
        }

        Console.WriteLine((change, result.IsChanged) switch
        {
            (PepperChange.Add, true) => "The store key is now encrypted with the pepper. Set PEPPER and restart the servers: without it they do not start any more.",
            (PepperChange.Add, false) => "The store key was already encrypted with this pepper. Nothing was changed.",
            (PepperChange.Rotate, true) => "The store key is now encrypted with the new pepper. Unset PEPPER_PREVIOUS.",
            (PepperChange.Rotate, false) => "The store key was already encrypted with the new pepper. Nothing was changed.",
            (_, true) => "The store key is now in clear. Unset PEPPER and restart the servers: with it they do not start any more.",
            _ => "The store had no pepper. Nothing was changed.",
        });
        if (change != PepperChange.Remove)
        {
            Console.WriteLine(type == DatabaseType.Postgres ? $"{DestroyBackups} {LogOfPostgres}" : DestroyBackups);
        }

        if (result.FirstPepperIsKey)
        {
            Console.WriteLine("This store's first pepper is its store key. Keep it secret for the store's life. If it leaked, move to a new store.");
        }

        return 0;
    }

    private static string NameOf(PepperChange change) => change switch
    {
        PepperChange.Add => "add",
        PepperChange.Rotate => "rotate",
        PepperChange.Remove => "remove",
        _ => throw new UnreachableException(),
    };
}
