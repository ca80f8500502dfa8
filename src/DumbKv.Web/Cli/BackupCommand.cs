using System.CommandLine;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Cli;

/// <summary><c>dumbkv backup</c>: a copy of a SQLite store while its server runs.</summary>
internal static class BackupCommand
{
    private const string Description = """
        Copies a SQLite store into one new file while its server runs. Every write that was answered before is in it.

          DATABASE_LOCATION=dumbkv.db dumbkv backup monday.db

        To restore it: stop the server, put the file in the place of the store, remove the store's -wal and -shm files,
        start the server with the same pepper.
        """;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "the file to write; it must not exist" };
        var command = new Command("backup", Description) { file };
        command.SetAction((call, cancellationToken) => Verb.RunAsync(settings =>
            RunAsync(ServerSettings.ReadDatabase(settings, isVerb: true), call.GetRequiredValue(file), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseOptions options, string file, CancellationToken cancellationToken)
    {
        if (options.Type == DatabaseType.Postgres)
        {
            return Verb.Fail("PostgreSQL has its own tools for this: dump the tables entries, store and __EFMigrationsHistory with pg_dump, as docs/admin.md shows.", 2);
        }

        await using var store = VerbStore.For(options);
        var bytes = await ProgressDisplay.RunAsync(progress => store.Backup!.BackUpAsync(file, progress, cancellationToken));

        Console.WriteLine($"Backed up {options.Location} to {file}: {bytes} bytes, checked.");
        return 0;
    }
}
