using System.CommandLine;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.DotEnv;
using DumbKv.CommandLine.Entries;
using DumbKv.CommandLine.Native;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv run</c>: a program with the variables of a stored .env file.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    private const string Description = """
        Runs a program with the variables of a stored .env file.

        The variables replace those of the same name. The program does not get DKV_KEY, DKV_PASSPHRASE and DKV_TOKEN. Nothing is written
        to a disk, and the exit code is that of the program.

          dkv set app/env --file .env
          dkv run app/env -- ./server --port 8080
        """;

    /// <param name="program">What follows the "--" on the command line. Null: there is no "--".</param>
    public static Command Create(string[]? program)
    {
        var command = new Command(Name, Description) { SharedOptions.KeyOrLink }.WithEntry();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, program, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, string[]? program, CancellationToken cancellationToken)
    {
        if (program is not [var name, ..])
        {
            throw CommandException.Usage("Name the program after two dashes: dkv run KEY -- PROGRAM ARGUMENTS");
        }

        // Before the value is read: a wrong name must not cost a read-once value.
        var path = ProgramFile.Find(name);
        IReadOnlyDictionary<string, string> variables;
        using (var entry = await EntryClient.OpenAsync(call, call.GetValue(SharedOptions.KeyOrLink), links: true, writes: false, cancellationToken))
        {
            var value = await entry.GetAsync(cancellationToken) ?? throw Failures.NotFound(entry.HasPassphrase);
            variables = EnvFile.Parse(value.Bytes.Span);
        }

        cancellationToken.ThrowIfCancellationRequested(); // The new program would not get the signal.
        return OperatingSystem.IsWindows()
            ? await ChildProcess.RunAsync(path, program[1..], variables, ClientSettings.SecretVariables)
            : ProcessImage.Replace(path, program, variables, ClientSettings.SecretVariables);
    }
}
