using System.CommandLine;
using System.Diagnostics;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv check</c>: whether a store is whole.</summary>
internal static class CheckCommand
{
    private const string Description = """
        Checks this store's pages, schema, pepper and entries, and says what is wrong and what to do. A server may run meanwhile.
        Nothing in the store is changed, except that a journal which a killed server left behind is rolled back.

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

        // Shown once the bar is gone.
        var findings = await ProgressDisplay.RunAsync(progress => store.CheckHandler
            .HandleAsync(store.Checker, store.Scanner, options.Pepper?.Fingerprint, progress, cancellationToken)
            .ToListAsync(cancellationToken).AsTask());

        foreach (var finding in findings)
        {
            await (finding.IsFault ? Console.Error : Console.Out).WriteLineAsync($"{(finding.IsFault ? "WRONG" : "ok   ")} {Label(finding.Kind)}: {finding.Text}");
        }

        if (findings.Exists(finding => finding.Kind == FindingKind.Entries))
        {
            Console.WriteLine("An entry that was altered shows only when its key is used: without the key nobody can tell its bytes from others.");
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
