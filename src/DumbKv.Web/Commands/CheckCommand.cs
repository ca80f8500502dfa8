using System.CommandLine;
using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv check</c>: checks whether a store is undamaged.</summary>
internal static class CheckCommand
{
    private const string Description = """
        Checks the pages, schema, pepper and entries of a store, and reports what is wrong and what to do. A server can run meanwhile.
        The command does not change the store, except that it rolls back a journal that a killed server left behind.

          DATABASE_LOCATION=dumbkv.db dumbkv check
          DATABASE_TYPE=postgres DATABASE_LOCATION=postgres://dumbkv@host/dumbkv dumbkv check
        """;

    public static Command Create()
    {
        var command = new Command("check", Description);
        command.SetAction((_, cancellationToken) => CommandRunner.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isCommand: true, readOnly: true), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, CancellationToken cancellationToken)
    {
        await using var store = CommandServices.For(options);

        // Written after the progress bar is gone.
        var findings = await ProgressDisplay.RunAsync(progress => store.CheckHandler
            .HandleAsync(store.Checker, store.Scanner, progress, cancellationToken)
            .ToListAsync(cancellationToken).AsTask());

        foreach (var finding in findings)
        {
            await (finding.IsFault ? Console.Error : Console.Out).WriteLineAsync($"{(finding.IsFault ? "WRONG" : "ok   ")} {Label(finding.Kind)}: {finding.Text}");
        }

        if (findings.Exists(finding => finding.Kind == FindingKind.Entries))
        {
            Console.WriteLine("An altered value is not detected without its key. A read with the key detects it.");
        }

        return findings.Exists(finding => finding.IsFault) ? 1 : 0;
    }

    private static string Label(FindingKind kind) => kind switch
    {
        FindingKind.Store => "store",
        FindingKind.Integrity => "integrity",
        FindingKind.Journal => "journal",
        FindingKind.Schema => "schema",
        FindingKind.Pepper => "pepper",
        FindingKind.LegacyRows => "original",
        FindingKind.Entries => "entries",
        FindingKind.Digest => "digest",
        _ => throw new UnreachableException(),
    };
}
